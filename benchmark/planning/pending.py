"""Which runs of a grid are to do, and whether they still are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.results.code_state import CodeState, code_state
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.store import RunStore


class Rerun(StrEnum):
    """Which runs of a grid are to do."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
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
    not kept, so it is trained again). `failed`: those, and the failed ones. `stale`: those of `missing`, and done and
    failed ones that were computed by other code than is installed. `all`: every run. A damaged record that is not ours
    to replace (`store.damage` names it) keeps its run from being done, whatever is asked for.
    """
    tasks = []
    for identity, job in distinct(jobs).items():
        record = store.record(identity)
        if record is None and store.is_blocked(identity):
            continue
        if is_wanted(record, job, policy):
            tasks.append(Task(job, record.started if record is not None else None))
    return tasks


def distinct(jobs: Sequence[Job]) -> dict[str, Job]:
    """Jobs by identity, in order, each under the first of its names, scored on all that any of them asks for."""
    found: dict[str, Job] = {}
    for job in jobs:
        known = found.setdefault(job.spec.identity, job)
        found[job.spec.identity] = replace(known, spec=known.spec.also_on(job.spec.transfer))
    return found


def is_wanted(record: RunRecord | None, job: Job, policy: Rerun) -> bool:
    """Whether a run with this record, or with none, is to do."""
    if policy is Rerun.ALL or record is None or record.status is Status.INTERRUPTED:
        return True
    if policy is Rerun.STALE and code_state(record.code, job.code) is CodeState.OTHER:
        return True
    if record.status is Status.DONE:
        return not record.answers(job.spec)
    return policy is Rerun.FAILED


def completed_elsewhere(task: Task, record: RunRecord | None, policy: Rerun) -> bool:
    """Whether another process has ended the run since it was chosen."""
    if record is None or record.status is Status.INTERRUPTED or not record.answers(task.job.spec):
        return False
    return record.started != task.seen or not is_wanted(record, task.job, policy)
