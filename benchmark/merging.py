"""Results folders of several machines as one."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from mnerbench.benchmark.claims import Claims
from mnerbench.benchmark.code_state import CodeState, code_state
from mnerbench.benchmark.records import CHECKPOINT, RunRecord, RunStore, Status, write_bytes_atomically
from mnerbench.benchmark.requested import load_grids, save_grid
from mnerbench.benchmark.splits import SPLITS
from mnerbench.datasets.errors import DiskError, StoreError

_INCOMING = ".incoming"  # a run on its way, beside the runs; no reader takes it for one


def merge(source: Path, store: RunStore) -> Counter[str]:
    """Take over the runs of another folder, and what its suites asked for.

    A run that is done here stays, unless the other one was scored on more; one that is done there replaces one that
    failed here. What is interrupted there, or is being done anywhere, is left alone.

    Args:
        source: the other results folder; nothing in it is changed.
        store: ours.

    Returns:
        How many runs were taken over, were here already, or were left, by what happened.

    Raises:
        StoreError: the other folder has no runs, or holds a damaged record.
        DiskError: ours is full.
    """
    other = RunStore(source)
    if not source.is_dir() or source.resolve() == store.root.resolve():
        raise StoreError(f"{source}: not another results folder\n  -> the folder that `benchmark run` wrote elsewhere")
    records = [
        (path.parent, record)
        for path in sorted(source.glob("*/record.json"))
        if (record := other.record(path.parent.name)) is not None
    ]
    grids = load_grids(source)
    if not records and not grids:
        raise StoreError(f"{source}: there are no records in it\n  -> the folder that `benchmark run` wrote elsewhere")
    claims, found = Claims(store), Counter[str]()
    try:
        for folder, record in records:
            found[_take(record, folder, store, claims)] += 1
        for path in sorted((source / SPLITS).glob("*.json")):
            if not (store.root / SPLITS / path.name).exists():
                write_bytes_atomically(store.root / SPLITS / path.name, path.read_bytes())
        for grid in grids:
            save_grid(store.root, grid)
    except OSError as error:
        raise DiskError(f"{store.root}: cannot be written ({error})\n  -> free some space") from error
    finally:
        claims.release_all()
    return found


def _take(record: RunRecord, folder: Path, store: RunStore, claims: Claims) -> str:
    """What happened to one run."""
    identity = record.identity
    if folder.name != identity or record.spec.identity != identity:
        raise StoreError(f"{folder}: its record is of another run\n  -> move the folder away")
    if record.status is Status.INTERRUPTED:
        return "left: interrupted there"
    if not claims.take(identity):
        return "left: being done here"
    try:
        ours = store.record(identity)
        if ours is not None and not _better(record, ours):
            other = code_state(ours.code, record.code) is CodeState.OTHER
            return "here already, computed by other code" if other else "here already"
        incoming = store.root / _INCOMING / identity
        shutil.rmtree(incoming, ignore_errors=True)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name != CHECKPOINT and path.name[0] != ".":
                place = incoming / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        return _settle(incoming, store.folder(identity), replaces=ours is not None)
    finally:
        claims.release(identity)


def _settle(incoming: Path, folder: Path, *, replaces: bool) -> str:
    """Move a run's files into its folder; the record last, since it is what makes a run done."""
    (folder / "record.json").unlink(missing_ok=True)
    for path in sorted(incoming.rglob("*"), key=lambda path: path.name == "record.json"):
        if path.is_file():
            place = folder / path.relative_to(incoming)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    shutil.rmtree(incoming.parent, ignore_errors=True)
    return "replaced" if replaces else "taken over"


def _better(theirs: RunRecord, ours: RunRecord) -> bool:
    if theirs.status is not Status.DONE or ours.status is not Status.DONE:
        return theirs.status is Status.DONE or ours.status is Status.INTERRUPTED
    return theirs.answers(ours.spec) and not ours.answers(theirs.spec)
