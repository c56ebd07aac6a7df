"""Results folders of several machines as one."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.code_state import CodeState, code_state
from mnerbench.benchmark.results.damage import DamageLog, damage_of
from mnerbench.benchmark.results.locks import Claims
from mnerbench.benchmark.results.manifest import load_grids, save_grid
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.split_metadata import SPLITS, load_split, save_split
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.results.stored_files import ASIDE
from mnerbench.benchmark.results.verification import Verifier
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.write_errors import cannot_write

_INCOMING = ".incoming"  # a run on its way, beside the runs; no reader takes it for one


def merge(source: Path, store: RunStore, log: DamageLog | None = None) -> Counter[str]:
    """Take over the runs of another folder, and what its suites asked for.

    A run that is done here stays, unless the other one was scored on more; one that is done there replaces one that
    failed here. What is interrupted there, or is being done anywhere, is left alone; so is what is damaged there, and a
    run whose scores are not those of its predictions.

    Args:
        source: the other results folder; nothing in it is changed.
        store: ours.
        log: told of what was left because it is damaged.

    Returns:
        How many runs were taken over, were here already, or were left, by what happened.

    Raises:
        StoreError: the other folder has no runs, or cannot be read.
        DiskError: ours cannot be written.
    """
    other = RunStore(source)
    other.damage = log if log is not None else DamageLog()
    if not source.is_dir() or source.resolve() == store.root.resolve():
        raise StoreError(f"{source}: not another results folder\n  -> the folder that `benchmark run` wrote elsewhere")
    records, grids = list(other.records()), load_grids(source, other.damage)
    if not records and not grids and not other.damage:
        raise StoreError(f"{source}: there are no records in it\n  -> the folder that `benchmark run` wrote elsewhere")
    claims, found = Claims(store), Counter[str]()
    if damaged := len(other.damage):
        found["left: damaged there"] = damaged
    verifier = Verifier(other, trusted=store)
    try:
        believed = list(_believable(records, verifier, (other, store), found))
        _take_splits(other, store, verifier.refuted)
        for record in believed:
            found[_take(record, other, store, claims)] += 1
        for grid in grids:
            save_grid(store.root, grid)
    except OSError as error:
        raise _disk_error(error, source, store.root) from error
    finally:
        claims.release_all()
    return found


def _disk_error(error: OSError, source: Path, root: Path) -> StoreError:
    """Reading there and writing here fail for different reasons."""
    path = Path(os.fsdecode(error.filename)) if error.filename is not None else root
    if path.is_relative_to(source):
        return StoreError(f"{named(path)}: {why_unreadable(error)}")
    return cannot_write(path, error)


def _take_splits(other: RunStore, store: RunStore, refuted: Collection[str]) -> None:
    """Copy the descriptions of splits that we do not have; damaged ones, and those of these names, are left."""
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


def _believable(
    records: Sequence[RunRecord], verifier: Verifier, stores: tuple[RunStore, RunStore], found: Counter[str]
) -> Iterator[RunRecord]:
    """The records that would be taken and say what their predictions give; the others are counted in `found`."""
    (other, store), wanted = stores, list[RunRecord]()
    for record in records:
        if record.status is Status.INTERRUPTED:
            found["left: interrupted there"] += 1
            continue
        ours = store.record(record.identity)
        if ours is None or _better(record, ours):
            for damage in verifier.check(record):
                other.damage.add(damage)
        wanted.append(record)
    for damage in verifier.edited_gold():
        other.damage.add(damage)
    for record in wanted:
        if other.damage.of(record.identity) is None:
            yield record
        else:
            found["left: its predictions do not give its scores"] += 1


def _take(record: RunRecord, other: RunStore, store: RunStore, claims: Claims) -> str:
    """What happened to one run."""
    identity = record.identity
    if not claims.take(identity):
        return "left: being done here"
    try:
        ours = store.record(identity)
        if ours is None and store.is_blocked(identity):
            return "left: what is here cannot be read"
        if ours is not None and not _better(record, ours):
            other_code = code_state(ours.code, record.code) is CodeState.OTHER
            return "here already, computed by other code" if other_code else "here already"
        store.make_room(identity)
        incoming = store.path(_INCOMING, identity)
        shutil.rmtree(incoming, ignore_errors=True)
        folder = other.folder(identity)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and _is_kept(path.relative_to(folder)):
                place = incoming / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        return _settle(incoming, store, identity, replaces=ours is not None)
    finally:
        claims.release(identity)


def _is_kept(path: Path) -> bool:
    """Whether a file of a run's folder goes with it: not its state, nor what is counted from predictions."""
    return path.name != CHECKPOINT and path.name[0] != "." and path.parts[0] != "tallies" and path.suffix != ASIDE


def _settle(incoming: Path, store: RunStore, identity: str, *, replaces: bool) -> str:
    """Move a run's files into its folder; the record last, since it is what makes a run done."""
    store.withdraw_record(identity)
    for path in sorted(incoming.rglob("*"), key=lambda path: path.name == "record.json"):
        if path.is_file():
            place = store.path(identity, *path.relative_to(incoming).parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    shutil.rmtree(incoming.parent, ignore_errors=True)
    return "replaced" if replaces else "taken over"


def _better(theirs: RunRecord, ours: RunRecord) -> bool:
    if theirs.status is not Status.DONE or ours.status is not Status.DONE:
        return theirs.status is Status.DONE or ours.status is Status.INTERRUPTED
    return theirs.answers(ours.spec) and not ours.answers(theirs.spec)
