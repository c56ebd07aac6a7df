"""Does the runs of a grid that are missing, each exactly once, and keeps going when one fails."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from mnerbench.benchmark.job import Job
from mnerbench.benchmark.records import CHECKPOINT, RunRecord, RunStore, Status
from mnerbench.datasets.errors import StoreError

RunOne = Callable[[Job], RunRecord]
_WAIT_SECONDS = 2.0


class Rerun(StrEnum):
    """Which runs of a grid are to do."""

    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


def to_do(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> list[Job]:
    """The runs still to do, in order; a run that is asked for under two names is one run.

    `missing`: without a record, or interrupted. `failed`: those, and the failed ones. `all`: every run.
    """
    distinct = {job.spec.identity: job for job in reversed(jobs)}
    return [job for identity, job in reversed(distinct.items()) if _wanted(store.record(identity), policy)]


def _wanted(record: RunRecord | None, policy: Rerun) -> bool:
    if policy is Rerun.ALL or record is None or record.status is Status.INTERRUPTED:
        return True
    return record.status is Status.FAILED and policy is Rerun.FAILED


def check_store(root: Path, needed: int) -> None:
    """Make the results folder, and see that it can be written and has room.

    Args:
        root: the folder.
        needed: bytes that a run may need at one time.

    Raises:
        StoreError: not writable, or too little space.
    """
    probe = root / ".writable"
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"results folder {root}: {error.strerror or error}\n  -> choose another one with --out"
        ) from error
    free = shutil.disk_usage(root).free
    if free < needed:
        raise StoreError(
            f"results folder {root}: {free / 1e6:,.0f} MB free, "
            f"but a run with its checkpoint may need {needed / 1e6:,.0f} MB\n"
            "  -> free some space, or choose a folder on another disk with --out"
        )


@contextmanager
def claim(store: RunStore, identity: str) -> Iterator[bool]:
    """Hold a run's lock: True when we have it, False when another process does. The system frees it on a kill."""
    folder = store.folder(identity)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@dataclass
class Outcome:
    """What an invocation did.

    Attributes:
        records: of the runs that it did, in order of their end.
        elsewhere: runs that another process did meanwhile.
        left: runs not started because of `fail_fast`.
    """

    records: list[RunRecord] = field(default_factory=list)
    elsewhere: list[Job] = field(default_factory=list)
    left: list[Job] = field(default_factory=list)

    @property
    def failed(self) -> list[RunRecord]:
        """Records of runs that failed."""
        return [record for record in self.records if record.status is Status.FAILED]


def run_jobs(
    jobs: Sequence[Job],
    store: RunStore,
    policy: Rerun,
    run_one: RunOne,
    *,
    fail_fast: bool,
    wait: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Do jobs one after the other.

    A run that another process holds is put off; when only such runs are left, wait for them: a second invocation on the
    same folder shares the work and ends when all of it is done.

    Args:
        jobs: from `to_do`.
        store: the results folder.
        policy: decides again after the lock is held, since another process may have done the run.
        run_one: does one run and returns its record.
        fail_fast: stop at the first failure.
        wait: called between looks at runs that are held elsewhere.
    """
    outcome, queue, put_off = Outcome(), list(jobs), 0
    started = {job.spec.identity: _started(store, job) for job in jobs}
    while queue:
        job = queue.pop(0)
        with claim(store, job.spec.identity) as ours:
            if not ours:
                queue.append(job)
                put_off += 1
                if put_off >= len(queue):
                    wait(_WAIT_SECONDS)
                    put_off = 0
                continue
            put_off = 0
            record = store.record(job.spec.identity)
            # Somebody else's record, newer than what was there when we planned: the run is done.
            if (
                record is not None
                and record.started != started[job.spec.identity]
                and not _wanted(record, Rerun.MISSING)
            ):
                outcome.elsewhere.append(job)
                continue
            if policy is Rerun.ALL:
                (store.folder(job.spec.identity) / CHECKPOINT).unlink(missing_ok=True)
            outcome.records.append(run_one(job))
        if fail_fast and outcome.failed:
            outcome.left = queue
            break
    return outcome


def _started(store: RunStore, job: Job) -> str | None:
    record = store.record(job.spec.identity)
    return record.started if record is not None else None


@dataclass(frozen=True)
class Estimate:
    """How a grid stands.

    Attributes:
        total: all runs.
        done, failed: runs with such a record.
        to_do: runs that the policy wants.
        seconds: time for `to_do`, from finished runs of the same method and settings; None when nothing is known.
        unknown: runs in `to_do` without such a finished run, so not in `seconds`.
    """

    total: int
    done: int
    failed: int
    to_do: int
    seconds: float | None
    unknown: int


def estimate(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> Estimate:
    """Count runs by state and guess the time that is left."""
    records = {job.spec.identity: store.record(job.spec.identity) for job in jobs}
    times: dict[str, list[float]] = {}
    for job in jobs:
        record = records[job.spec.identity]
        if record is not None and record.status is Status.DONE:
            times.setdefault(job.spec.model_copy(update={"seed": 0}).identity, []).append(record.seconds)
    wanted = [job for job in jobs if _wanted(records[job.spec.identity], policy)]
    known = [times.get(job.spec.model_copy(update={"seed": 0}).identity) for job in wanted]
    seconds = [sum(found) / len(found) for found in known if found]
    status = [record.status for record in records.values() if record is not None]
    return Estimate(
        total=len(jobs),
        done=status.count(Status.DONE),
        failed=status.count(Status.FAILED),
        to_do=len(wanted),
        seconds=sum(seconds) if seconds else None,
        unknown=len(wanted) - len(seconds),
    )
