"""Manifests of requested runs, stored as `<out>/suites/<suite>.json`, so that reports can list missing runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from filelock import FileLock
from pydantic import AfterValidator, Field

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.results.spec import Frozen, RunSpec, transfer_title
from mnerbench.benchmark.results.stored_files import parse_stored, read_stored, store_path
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import ConfigError, StoreError, suggestion
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import is_finite
from mnerbench.datasets.untrusted.names import Identity, is_safe_name
from mnerbench.datasets.write_errors import cannot_write

SUITES = "suites"  # folder in a results folder
FEWEST_SEEDS = 3  # nothing is concluded from fewer seeds
MOST_SEEDS = 1000
MOST_LOOKS = 20


def _check_looks(value: tuple[int, ...]) -> tuple[int, ...]:
    increasing = all(a < b for a, b in pairwise(value))
    if not increasing or any(not FEWEST_SEEDS <= look <= MOST_SEEDS for look in value):
        raise ValueError(f"give increasing numbers of seeds, from {FEWEST_SEEDS} to {MOST_SEEDS:,}")
    return value


Whole = Annotated[int, Field(strict=True)]  # neither 1.0 nor true
Looks = Annotated[tuple[Whole, ...], Field(max_length=MOST_LOOKS), AfterValidator(_check_looks)]


class NotRun(Frozen):
    """Why a method was not run on a dataset, and the seeds it was requested with."""

    reason: str
    seeds: tuple[int, ...]


class SuiteManifest(Frozen):
    """The runs that a suite requested; a report compares them with the records.

    Stored as `<out>/suites/<suite>.json`; a later `run` of the suite with other methods or seeds adds to it.
    """

    suite: str
    title: str
    baseline: str | None
    runs: Mapping[Identity, RunSpec] = Field(description="by identity")
    aliases: Mapping[Identity, tuple[RunSpec, ...]] = Field(
        default_factory=dict, description="by identity: the same run under further names or protocols"
    )
    not_run: Mapping[str, NotRun] = Field(default_factory=dict, description="by `method on dataset`")
    looks: Looks = Field((), description="declared numbers of seeds at which methods are compared")
    extensions: Mapping[Identity, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict,
        description="by identity: the number of the request that added the run after the first one",
    )

    def named_runs(self) -> Iterator[tuple[str, RunSpec]]:
        """Every run under every requested name and protocol, with its identity."""
        for identity, spec in self.runs.items():
            for alias in (spec, *self.aliases.get(identity, ())):
                yield identity, alias

    @property
    def is_comparable(self) -> bool:
        """Whether enough seeds are planned to compare methods, so that the plan can no longer change unseen."""
        return len({spec.seed for spec in self.runs.values()}) >= FEWEST_SEEDS

    def extending(self, old: SuiteManifest) -> SuiteManifest:
        """This request added to an older one of the same suite, with the looks of the first comparison."""
        added, number = self.runs.keys() - old.runs.keys(), max(old.extensions.values(), default=0) + 1
        extensions = {**old.extensions, **dict.fromkeys(sorted(added), number)}
        looks = old.looks if old.is_comparable else self.looks
        return self._with_runs_of(old).model_copy(update={"looks": looks, "extensions": extensions})

    def merged_with(self, other: SuiteManifest) -> SuiteManifest:
        """This manifest and that of another results folder: the parts of one plan, with the looks of both."""
        numbers = [(run, side.extensions.get(run, 0)) for side in (self, other) for run in side.runs]
        first = {run: min(number for name, number in numbers if name == run) for run in {**self.runs, **other.runs}}
        looks = tuple(sorted({*self.looks, *other.looks}))
        extensions = {run: number for run, number in sorted(first.items()) if number}
        return self._with_runs_of(other).model_copy(update={"looks": looks, "extensions": extensions})

    def _with_runs_of(self, old: SuiteManifest) -> SuiteManifest:
        names: dict[str, dict[tuple[str, ...], RunSpec]] = {}
        for identity, spec in [*self.named_runs(), *old.named_runs()]:
            aliases = names.setdefault(identity, {})
            name = (spec.method, spec.dataset.name, spec.protocol)
            aliases[name] = aliases[name].with_transfer(spec.transfer) if name in aliases else spec
        runs = {identity: tuple(specs.values()) for identity, specs in names.items()}
        possible = {
            f"{spec.method} on {transfer_title(spec.dataset, other)}"
            for _, spec in self.named_runs()
            for other in (spec.dataset, *spec.transfer)
        }
        return self.model_copy(
            update={
                "runs": {identity: specs[0] for identity, specs in runs.items()},
                "aliases": {identity: specs[1:] for identity, specs in runs.items() if specs[1:]},
                "not_run": {k: why for k, why in old.not_run.items() if k not in possible} | dict(self.not_run),
            }
        )


def manifest_path(root: Path, suite: str) -> Path:
    """The file of a suite's manifest.

    Raises:
        StoreError: The name or a link leads out of the folder.
    """
    if not all(map(is_safe_name, suite.split("/"))):
        raise StoreError(f"{one_line(suite)!r} is not a suite name: it leads out of {root}\n  -> delete its manifest")
    return store_path(root, SUITES, f"{suite}.json")


def load_manifests(root: Path, log: DamageLog | None = None) -> list[SuiteManifest]:
    """The manifests in a results folder.

    Args:
        root: the folder.
        log: receives damaged files, which are then skipped; None to raise instead.

    Raises:
        StoreError: A link leads out of the folder.
        DamagedFileError: A file is not a manifest.
    """
    manifests = []
    for path in _manifest_files(root, log):
        try:
            if (manifest := _load_manifest(root, path)) is not None:
                manifests.append(manifest)
        except DamagedFileError as error:
            if log is None:
                raise
            log.add(error.damage)
    return manifests


def require_suites(root: Path, names: Sequence[str], present: Iterable[str]) -> None:
    """Raise if the user names a suite that a results folder does not have.

    Args:
        root: the folder.
        names: from the user.
        present: the suites of its manifests and searches.

    Raises:
        ConfigError: see above.
    """
    suites = sorted(set(present))
    for name in names:
        if name not in suites:
            reason = f"{root}: no runs of suite {name!r}{suggestion(name, suites)}"
            raise ConfigError(f"{reason}\n  -> benchmark status --out {root}   lists its suites")


def _manifest_files(root: Path, log: DamageLog | None) -> list[Path]:
    try:
        return sorted(store_path(root, SUITES).rglob("*.json"))
    except StoreError as error:
        if log is None:
            raise
        log.add(damage_of(error, root / SUITES))
        return []


def _load_manifest(root: Path, path: Path) -> SuiteManifest | None:
    try:
        content = read_stored(store_path(root, *path.relative_to(root).parts))
    except StoreError as error:
        raise DamagedFileError(damage_of(error, path)) from error
    if content is None:
        return None
    try:
        manifest = parse_stored(SuiteManifest, content, "a suite manifest")
        _validate(manifest, path.relative_to(root / SUITES).with_suffix("").as_posix())
    except ValueError as error:
        raise DamagedFileError(Damage(path, str(error), "move it away and run the suite again")) from error
    return manifest


def _validate(manifest: SuiteManifest, name: str) -> None:
    """Raise a ValueError unless a manifest matches its file name and its runs can be shown in tables."""
    if manifest.suite != name:
        leads = "" if all(map(is_safe_name, manifest.suite.split("/"))) else ", and leads out of the results folder"
        raise ValueError(f"not a suite manifest: {one_line(manifest.suite)!r} is not the name of its file{leads}")
    for _, spec in manifest.named_runs():
        if missing := [split for split, (data, part) in spec.tests.items() if part not in data.fingerprints]:
            raise ValueError(f"not a suite manifest: no fingerprint of {one_line(', '.join(missing))}")
        if not is_finite([dict(spec.config), dict(spec.overrides)]):
            raise ValueError("not a suite manifest: a number that is not finite")


def stored_manifest(root: Path, suite: str) -> SuiteManifest | None:
    """The stored manifest of a suite; None without one, or if it is unreadable, which is reported when it is saved."""
    try:
        return _load_manifest(root, manifest_path(root, suite))
    except StoreError:
        return None


def save_manifest(root: Path, manifest: SuiteManifest, *, from_folder: bool = False) -> None:
    """Add a manifest to the stored one of that suite, and write it.

    Args:
        root: the results folder.
        manifest: of a request, or of another results folder.
        from_folder: whether it is of another results folder, whose runs were planned together with those here.

    Raises:
        StoreError: The folder cannot be written, or holds a file that is not a manifest.
    """
    path = manifest_path(root, manifest.suite)
    lock = FileLock(store_path(root, *path.with_name(f".{path.name}.lock").relative_to(root).parts))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise cannot_write(path, error) from error
    # Two commands on one folder may add to the same suite at the same time.
    try:
        old = _load_manifest(root, path)
        if old is not None:
            manifest = manifest.merged_with(old) if from_folder else manifest.extending(old)
        write_atomically(path, json.dumps(manifest.model_dump(mode="json"), indent=1))
    finally:
        lock.release()
