"""Merges results folders, for example of several machines."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.code_state import CodeState, code_state
from mnerbench.benchmark.results.damage import DamageLog, damage_of
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.manifest import load_manifests, save_manifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.running_file import RUNNING
from mnerbench.benchmark.results.split_metadata import SPLITS, load_split, save_split
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.results.stored_files import ASIDE
from mnerbench.benchmark.results.verification import Verifier
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.write_errors import cannot_write

_INCOMING = ".incoming"  # folder of a run being copied; readers ignore it


def merge(source: Path, store: RunStore, log: DamageLog | None = None) -> Counter[str]:
    """Copy the runs and suite manifests of another results folder into this one.

    A run that is done here stays, unless the other one was scored on more datasets; a run that is done there replaces
    one that failed here. Runs that are interrupted or damaged there, that any process works on, or whose predictions
    do not give their scores are skipped.

    Args:
        source: the other results folder; it is not changed.
        store: the target folder.
        log: receives the damages because of which runs were skipped.

    Returns:
        Number of runs by outcome: taken over, already here, or left.

    Raises:
        StoreError: The other folder has no runs or cannot be read.
        DiskError: The target folder cannot be written.
    """
    other = RunStore(source)
    other.damage = log if log is not None else DamageLog()
    if not source.is_dir() or source.resolve() == store.root.resolve():
        raise StoreError(f"{source}: not another results folder\n  -> the folder that `benchmark run` wrote elsewhere")
    records, manifests = list(other.records()), load_manifests(source, other.damage)
    if not records and not manifests and not other.damage:
        raise StoreError(f"{source}: it contains no records\n  -> the folder that `benchmark run` wrote elsewhere")
    locks, outcomes = RunLocks(store), Counter[str]()
    if damaged := len(other.damage):
        outcomes["left: damaged there"] = damaged
    verifier = Verifier(other, trusted=store)
    try:
        verified = list(_verified(records, verifier, (other, store), outcomes))
        _copy_splits(other, store, verifier.refuted)
        for record in verified:
            outcomes[_copy_run(record, other, store, locks)] += 1
        for manifest in manifests:
            save_manifest(store.root, manifest, from_folder=True)
    except OSError as error:
        raise _disk_error(error, source, store.root) from error
    finally:
        locks.release_all()
    return outcomes


def _disk_error(error: OSError, source: Path, root: Path) -> StoreError:
    """Tell a failed read of the source from a failed write of the target."""
    path = Path(os.fsdecode(error.filename)) if error.filename is not None else root
    if path.is_relative_to(source):
        return StoreError(f"{named(path)}: {why_unreadable(error)}")
    return cannot_write(path, error)


def _copy_splits(other: RunStore, store: RunStore, refuted: Collection[str]) -> None:
    """Copy the split descriptions that are missing here; skip damaged ones and the names in `refuted`."""
    try:
        paths = sorted(other.path(SPLITS).glob("*.json"))
    except StoreError as error:
        other.damage.add(damage_of(error, other.root / SPLITS, excludes=False))
        return
    for path in paths:
        try:
            described = load_split(other.path(SPLITS, path.name))
        except StoreError as error:
            other.damage.add(damage_of(error, path, excludes=False))
            continue
        new = path.name not in refuted and not os.path.lexists(store.path(SPLITS, path.name))
        if described is not None and new:
            save_split(store.path(SPLITS, path.name), described)


def _verified(
    records: Sequence[RunRecord], verifier: Verifier, stores: tuple[RunStore, RunStore], outcomes: Counter[str]
) -> Iterator[RunRecord]:
    """The records to copy, without those whose predictions do not give their scores; counts skipped ones."""
    (other, store), candidates = stores, list[RunRecord]()
    for record in records:
        if record.status is Status.INTERRUPTED:
            outcomes["left: interrupted there"] += 1
            continue
        ours = store.record(record.identity)
        if ours is None or _better(record, ours):
            for damage in verifier.check(record):
                other.damage.add(damage)
        candidates.append(record)
    for damage in verifier.edited_gold():
        other.damage.add(damage)
    for record in candidates:
        if other.damage.of(record.identity) is None:
            yield record
        else:
            outcomes["left: its predictions do not give its scores"] += 1


def _copy_run(record: RunRecord, other: RunStore, store: RunStore, locks: RunLocks) -> str:
    """Copy a run if it is better than the local one; returns the outcome."""
    identity = record.identity
    if not locks.acquire(identity):
        return "left: being done here"
    try:
        ours = store.record(identity)
        if ours is None and store.is_blocked(identity):
            return "left: what is here cannot be read"
        if ours is not None and not _better(record, ours):
            other_code = code_state(ours.code, record.code) is CodeState.OTHER
            return "here already, computed by other code" if other_code else "here already"
        store.set_damaged_record_aside(identity)
        incoming = store.path(_INCOMING, identity)
        shutil.rmtree(incoming, ignore_errors=True)
        folder = other.folder(identity)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and _is_copied(path.relative_to(folder)):
                target = incoming / path.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return _move_into_place(incoming, store, identity, replaces=ours is not None)
    finally:
        locks.release(identity)


def _is_copied(path: Path) -> bool:
    """Whether a file of a run is copied: not its state in progress, hidden files, derived counts or damaged files."""
    in_progress = path.name in {CHECKPOINT, RUNNING}
    return not in_progress and path.name[0] != "." and path.parts[0] != "tallies" and path.suffix != ASIDE


def _move_into_place(incoming: Path, store: RunStore, identity: str, *, replaces: bool) -> str:
    """Move a run's files into its folder; the record comes last because it marks the run as done."""
    store.withdraw_record(identity)
    for path in sorted(incoming.rglob("*"), key=lambda path: path.name == "record.json"):
        if path.is_file():
            target = store.path(identity, *path.relative_to(incoming).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(incoming.parent, ignore_errors=True)
    return "replaced" if replaces else "taken over"


def _better(theirs: RunRecord, ours: RunRecord) -> bool:
    if theirs.status is not Status.DONE or ours.status is not Status.DONE:
        return theirs.status is Status.DONE or ours.status is Status.INTERRUPTED
    return theirs.answers(ours.spec) and not ours.answers(theirs.spec)
