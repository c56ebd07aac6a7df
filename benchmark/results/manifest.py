"""What suites asked for, kept beside the records in `<out>/suites/<suite>.json`, so that a report can name gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from filelock import FileLock
from pydantic import Field

from mnerbench.benchmark.results.damage import Damage, DamagedFileError, DamageLog, damage_of
from mnerbench.benchmark.results.spec import Frozen, RunSpec, transfer_title
from mnerbench.benchmark.results.stored_files import parse_stored, read_stored, store_path
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import is_finite
from mnerbench.datasets.untrusted.names import Identity, is_safe_name
from mnerbench.datasets.write_errors import cannot_write

SUITES = "suites"  # folder in a results folder


class NotRun(Frozen):
    """Why a method was not run on a dataset, and with which seeds it should have been."""

    reason: str
    seeds: tuple[int, ...]


class SuiteManifest(Frozen):
    """What a suite asked for, kept beside the records so that a report can say what is still missing.

    Stored as `<out>/suites/<suite>.json`; a later `run` of the suite with other methods or seeds adds to it.
    """

    suite: str
    title: str
    baseline: str | None
    runs: Mapping[Identity, RunSpec] = Field(description="by identity")
    aliases: Mapping[Identity, tuple[RunSpec, ...]] = Field(
        default_factory=dict, description="by identity: the same run asked for under a further name or protocol"
    )
    not_run: Mapping[str, NotRun] = Field(default_factory=dict, description="by `method on dataset`")

    def plans(self) -> Iterator[tuple[str, RunSpec]]:
        """Every run under every name and protocol that it was asked for, with its identity."""
        for identity, spec in self.runs.items():
            for named in (spec, *self.aliases.get(identity, ())):
                yield identity, named

    def over(self, old: SuiteManifest) -> SuiteManifest:
        """This grid added to an older one of the same suite: nothing that was asked for is forgotten."""
        names: dict[str, dict[tuple[str, ...], RunSpec]] = {}
        for identity, spec in [*self.plans(), *old.plans()]:
            named = names.setdefault(identity, {})
            name = (spec.method, spec.dataset.name, spec.protocol)
            named[name] = named[name].also_on(spec.transfer) if name in named else spec
        plans = {identity: tuple(specs.values()) for identity, specs in names.items()}
        possible = {
            f"{spec.method} on {transfer_title(spec.dataset, other)}"
            for _, spec in self.plans()
            for other in (spec.dataset, *spec.transfer)
        }
        return self.model_copy(
            update={
                "runs": {identity: specs[0] for identity, specs in plans.items()},
                "aliases": {identity: specs[1:] for identity, specs in plans.items() if specs[1:]},
                "not_run": {k: why for k, why in old.not_run.items() if k not in possible} | dict(self.not_run),
            }
        )


def grid_path(root: Path, suite: str) -> Path:
    """Where the grid of a suite is kept.

    Raises:
        StoreError: the name, or a link, leads out of the folder.
    """
    if not all(map(is_safe_name, suite.split("/"))):
        raise StoreError(
            f"{one_line(suite)!r} is not the name of a suite: it leads out of {root}\n  -> remove its grid file"
        )
    return store_path(root, SUITES, f"{suite}.json")


def load_grids(root: Path, log: DamageLog | None = None) -> list[SuiteManifest]:
    """The grids kept in a results folder.

    Args:
        root: the folder.
        log: told of files that are damaged, which are then left out; None to raise instead.

    Raises:
        StoreError: a link leads out of the folder.
        DamagedFileError: a file is not a grid.
    """
    found = []
    for path in _grid_files(root, log):
        try:
            if (grid := _load_grid(root, path)) is not None:
                found.append(grid)
        except DamagedFileError as error:
            if log is None:
                raise
            log.add(error.damage)
    return found


def _grid_files(root: Path, log: DamageLog | None) -> list[Path]:
    try:
        return sorted(store_path(root, SUITES).rglob("*.json"))
    except StoreError as error:
        if log is None:
            raise
        log.add(damage_of(error, root / SUITES))
        return []


def _load_grid(root: Path, path: Path) -> SuiteManifest | None:
    try:
        content = read_stored(store_path(root, *path.relative_to(root).parts))
    except StoreError as error:
        raise DamagedFileError(damage_of(error, path)) from error
    if content is None:
        return None
    try:
        grid = parse_stored(SuiteManifest, content, "the grid of a suite")
        _require_usable(grid, path.relative_to(root / SUITES).with_suffix("").as_posix())
    except ValueError as error:
        raise DamagedFileError(Damage(path, str(error), "move it away and run the suite again")) from error
    return grid


def _require_usable(grid: SuiteManifest, name: str) -> None:
    """Raise a ValueError unless a grid is that of its file, and its runs can be told in tables."""
    if grid.suite != name:
        leads = "" if all(map(is_safe_name, grid.suite.split("/"))) else ", and leads out of the results folder"
        raise ValueError(f"not the grid of a suite: {one_line(grid.suite)!r} is not the name of its file{leads}")
    for _, spec in grid.plans():
        if lacking := [split for split, (data, one) in spec.tests.items() if one not in data.fingerprints]:
            raise ValueError(f"not the grid of a suite: no fingerprint of {one_line(', '.join(lacking))}")
        if not is_finite([dict(spec.config), dict(spec.overrides)]):
            raise ValueError("not the grid of a suite: a number that is not finite")


def title_before(root: Path, grid: SuiteManifest) -> str | None:
    """The title under which a results folder holds a suite of this name; None where it holds none, or the same.

    Two suite files of one name are one suite here. A file that cannot be read is named when the grid is saved.
    """
    try:
        old = _load_grid(root, grid_path(root, grid.suite))
    except StoreError:
        return None
    return old.title if old is not None and old.title != grid.title else None


def save_grid(root: Path, grid: SuiteManifest) -> None:
    """Merge a grid into what the folder already holds of that suite, and write it.

    Raises:
        StoreError: the folder cannot be written, or holds a file that is not a grid.
    """
    path = grid_path(root, grid.suite)
    lock = store_path(root, *path.with_name(f".{path.name}.lock").relative_to(root).parts)
    held = FileLock(lock)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except OSError as error:
        raise cannot_write(path, error) from error
    # Two commands on one folder may add to the same suite at the same time.
    try:
        old = _load_grid(root, path)
        merged = grid.over(old) if old is not None else grid
        write_atomically(path, json.dumps(merged.model_dump(mode="json"), indent=1))
    finally:
        held.release()
