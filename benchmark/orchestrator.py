"""Does the runs of a grid that are missing, each exactly once, and keeps going when one fails."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True)
class Task:
    """A job to do, and the record it was chosen over.

    Attributes:
        job: the run.
        seen: when the run that we saw the record of was started; None when it had no record.
    """

    job: Job
    seen: str | None


def to_do(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> list[Task]:
    """The runs still to do, in order; a run that is asked for under two names is one run.

    `missing`: without a record, interrupted, or done but not scored on every dataset that is now asked for (weights are
    not kept, so it is trained again). `failed`: those, and the failed ones. `all`: every run.
    """
    tasks = []
    for identity, job in _distinct(jobs).items():
        record = store.record(identity)
        if _wanted(record, job, policy):
            tasks.append(Task(job, record.started if record is not None else None))
    return tasks


def _distinct(jobs: Sequence[Job]) -> dict[str, Job]:
    """Jobs by identity, in order, each under the first of its names, scored on all that any of them asks for."""
    distinct: dict[str, Job] = {}
    for job in jobs:
        known = distinct.setdefault(job.spec.identity, job)
        distinct[job.spec.identity] = replace(known, spec=known.spec.also_on(job.spec.transfer))
    return distinct


def _wanted(record: RunRecord | None, job: Job, policy: Rerun) -> bool:
    if policy is Rerun.ALL or record is None or record.status is Status.INTERRUPTED:
        return True
    if record.status is Status.DONE:
        return not record.answers(job.spec)
    return policy is Rerun.FAILED


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


def run_tasks(
    tasks: Sequence[Task],
    store: RunStore,
    policy: Rerun,
    run_one: RunOne,
    *,
    fail_fast: bool,
    wait: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Do tasks one after the other.

    A run that another process holds is put off; when only such runs are left, wait for them: a second invocation on the
    same folder shares the work and ends when all of it is done.

    Args:
        tasks: from `to_do`.
        store: the results folder.
        policy: decides again once the lock is held, since another process may have done the run since `to_do`.
        run_one: does one run and returns its record.
        fail_fast: stop at the first failure.
        wait: called between looks at runs that are held elsewhere.
    """
    outcome, queue, put_off = Outcome(), list(tasks), 0
    while queue:
        task = queue.pop(0)
        identity = task.job.spec.identity
        with claim(store, identity) as ours:
            if not ours:
                queue.append(task)
                put_off += 1
                if put_off >= len(queue):
                    wait(_WAIT_SECONDS)
                    put_off = 0
                continue
            put_off = 0
            if _done_meanwhile(task, store.record(identity), policy):
                outcome.elsewhere.append(task.job)
                continue
            if policy is Rerun.ALL:
                (store.folder(identity) / CHECKPOINT).unlink(missing_ok=True)
            outcome.records.append(run_one(task.job))
        if fail_fast and outcome.failed:
            outcome.left = [left.job for left in queue]
            break
    return outcome


def _done_meanwhile(task: Task, record: RunRecord | None, policy: Rerun) -> bool:
    """Whether another process has ended the run since it was chosen."""
    if record is None or record.status is Status.INTERRUPTED or not record.answers(task.job.spec):
        return False
    return record.started != task.seen or not _wanted(record, task.job, policy)


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
    distinct = _distinct(jobs)
    records = {identity: store.record(identity) for identity in distinct}
    times: dict[str, list[float]] = {}
    for identity, record in records.items():
        if record is not None and record.status is Status.DONE:
            # A resumed run's own seconds are those of its last part only; its timings are of all parts.
            spent = max(record.seconds, sum(record.timings.values()))
            times.setdefault(_settings(distinct[identity]), []).append(spent)
    wanted = [job for identity, job in distinct.items() if _wanted(records[identity], job, policy)]
    known = [times.get(_settings(job)) for job in wanted]
    seconds = [sum(found) / len(found) for found in known if found]
    status = [record.status for record in records.values() if record is not None]
    return Estimate(
        total=len(distinct),
        done=status.count(Status.DONE),
        failed=status.count(Status.FAILED),
        to_do=len(wanted),
        seconds=sum(seconds) if seconds else None,
        unknown=len(wanted) - len(seconds),
    )


def _settings(job: Job) -> str:
    """What two runs share that differ in their seed only."""
    return job.spec.model_copy(update={"seed": 0}).identity
