"""The kept taggers of a results folder: `<out>/<identity>/tagger/`, of which the best of all seeds may be kept alone.

A tagger is complete once its `tagger.json` is there, and counts once its run is done. Deleting starts with
`tagger.json`, so that a process killed at any moment leaves a whole tagger or remains that the next one deletes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.benchmark.results.lock_files import locked
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import TAGGER, RunStore
from mnerbench.benchmark.results.tagger_file import TAGGER_FILE
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.names import is_identity

_LOCK = ".taggers.lock"


class Keep(StrEnum):
    """Which taggers a results folder keeps: the best seed on dev of each method, those of all runs, or none."""

    BEST = "best"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True)
class KeptTagger:
    """A tagger on disk.

    Attributes:
        identity: of its run.
        bytes: size of its folder.
        record: of its run if that is done and the tagger complete; None for what a killed process left.
    """

    identity: str
    bytes: int
    record: RunRecord | None

    @property
    def dev_f1(self) -> float:
        """F1 on dev in the main view, a fraction; 0 if unknown."""
        return dev_f1(self.record) if self.record is not None else 0.0


def dev_f1(record: RunRecord) -> float:
    """F1 on dev in the main view, a fraction; 0 without a score."""
    scores = record.metrics.get("valid", {}).get(record.primary_view, {})
    return scores[PRIMARY.value].overall.f1 if PRIMARY.value in scores else 0.0


def series_key(spec: RunSpec) -> str:
    """Hash shared by the runs that differ in the seed alone."""
    content = {key: value for key, value in spec.content.items() if key != "seed"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def kept_taggers(store: RunStore) -> Iterator[KeptTagger]:
    """All taggers of a results folder, ordered by identity, without those that a process is writing.

    Raises:
        StoreError: the results folder cannot be read.
    """
    locks = RunLocks(store)
    folders = sorted(store.root.glob(f"*/{TAGGER}")) if store.root.is_dir() else []
    for identity in (folder.parent.name for folder in folders):
        if not is_identity(identity):
            continue
        try:
            folder = store.path(identity, TAGGER)
        except StoreError:  # a link that leads out of the results folder
            continue
        record = store.record(identity) if (folder / TAGGER_FILE).is_file() else None
        done = record if record is not None and record.status is Status.DONE else None
        if done is None and locks.is_held(identity):
            continue
        yield KeptTagger(identity, folder_size(folder), done)


def folder_size(folder: Path) -> int:
    """Bytes of the files of a folder; files that vanish meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if not path.is_dir() else 0
        except OSError:
            continue
    return total


def superfluous(taggers: Iterable[KeptTagger], keep: Keep) -> list[KeptTagger]:
    """The taggers that a policy does not keep, and what killed processes left.

    The best seed is the one with the highest F1 on dev, the smallest at ties; only seeds with a tagger compete.
    """
    groups: dict[str, list[KeptTagger]] = {}
    surplus = []
    for tagger in taggers:
        if tagger.record is None or keep is Keep.NONE:
            surplus.append(tagger)
        else:
            groups.setdefault(series_key(tagger.record.spec), []).append(tagger)
    if keep is Keep.BEST:
        for group in groups.values():
            surplus += sorted(group, key=_rank)[1:]
    return surplus


def _rank(tagger: KeptTagger) -> tuple[float, int]:
    return -tagger.dev_f1, tagger.record.spec.seed if tagger.record is not None else 0


def prune(store: RunStore, keep: Keep, spec: RunSpec | None = None) -> list[KeptTagger]:
    """Delete the superfluous taggers, one process at a time.

    Args:
        store: the results folder.
        keep: which ones stay.
        spec: only runs that differ from this one in the seed alone; None for all.

    Returns:
        The deleted ones.
    """
    with locked(store.root / _LOCK):
        taggers = kept_taggers(store)
        if spec is not None:
            series = series_key(spec)
            taggers = (t for t in taggers if t.record is not None and series_key(t.record.spec) == series)
        surplus = superfluous(taggers, keep)
        for tagger in surplus:
            store.discard_tagger(tagger.identity)
    return surplus


def named_taggers(store: RunStore, name: str) -> list[KeptTagger]:
    """The complete taggers whose method, or method and dataset, have a name: `ita-la`, `ita-la on twitter15`."""
    complete = [tagger for tagger in kept_taggers(store) if tagger.record is not None]
    return [t for t in complete if t.record is not None and name in _names(t.record.spec)]


def _names(spec: RunSpec) -> tuple[str, ...]:
    return spec.method, f"{spec.method} on {spec.dataset.title}", spec.title


def find_tagger(run: str | Path, out: Path) -> Path:
    """The folder of a kept tagger.

    Args:
        run: the folder of a run or of a tagger; else an identity, or a name as in `named_taggers`, in `out`.
        out: the results folder.

    Raises:
        StoreError: there is no such tagger, or several have the name; lists those there are.
    """
    path = Path(run)
    if path.is_dir() and (path / TAGGER_FILE).is_file():
        return path
    if path.is_dir() and path.resolve() != out.resolve() and not is_identity(str(run)):
        return path / TAGGER
    store = RunStore(out)
    if is_identity(str(run)):
        return store.path(str(run), TAGGER)
    named = named_taggers(store, str(run))
    if len(named) == 1:
        return store.path(named[0].identity, TAGGER)
    listed = named or [tagger for tagger in kept_taggers(store) if tagger.record is not None]
    lines = [f"  {t.identity}  {t.record.spec.title}" for t in listed if t.record is not None]
    reason = f"{len(named)} kept taggers are called {str(run)!r}" if named else f"no kept tagger {str(run)!r} in {out}"
    ways = "name one of these by its identity or title" if lines else "`benchmark run --keep best` keeps them"
    ways += ":" if named else ", or run the method with --keep best (those that ask a language model have none)"
    raise StoreError("\n".join([f"{reason}\n  -> {ways}", *lines]))
