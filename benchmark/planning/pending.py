"""Selects the pending runs of a grid by its records and a rerun policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.results.code_state import CodeState, code_state
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.store import RunStore


class Rerun(StrEnum):
    """Which runs of a grid to do; see `to_do`."""

    MISSING = "missing"
    FAILED = "failed"
    STALE = "stale"
    ALL = "all"


def to_do(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> list[Job]:
    """The pending runs, in order; jobs of equal identity are one run.

    `missing`: runs without a record, interrupted runs, and finished runs that lack the scores of a requested dataset
    (which are trained again, unless their tagger was kept). `failed`: those and failed runs. `stale`: those of
    `missing`, and finished or failed runs that were computed by other code than is installed. `all`: every run. Under
    any policy, a run is skipped if its record is damaged and must not be replaced; `store.damage` lists it.
    """
    pending = []
    for identity, job in distinct_jobs(jobs).items():
        record = store.record(identity)
        if record is None and store.is_blocked(identity):
            continue
        if needs_run(record, job, policy):
            pending.append(replace(job, record_started=record.started if record is not None else None))
    return pending


def distinct_jobs(jobs: Sequence[Job]) -> dict[str, Job]:
    """Jobs by identity, in order, each under its first name and with the transfer targets of all duplicates."""
    merged: dict[str, Job] = {}
    for job in jobs:
        first = merged.setdefault(job.spec.identity, job)
        merged[job.spec.identity] = replace(first, spec=first.spec.with_transfer(job.spec.transfer))
    return merged


def needs_run(record: RunRecord | None, job: Job, policy: Rerun) -> bool:
    """Whether a run with this record, or without one, is pending under a policy."""
    if policy is Rerun.ALL or record is None or record.status is Status.INTERRUPTED:
        return True
    if policy is Rerun.STALE and code_state(record.code, job.code) is CodeState.OTHER:
        return True
    if record.status is Status.DONE:
        return not record.answers(job.spec)
    return policy is Rerun.FAILED


def completed_elsewhere(job: Job, record: RunRecord | None, policy: Rerun) -> bool:
    """Whether another process has finished the run since it was selected."""
    if record is None or record.status is Status.INTERRUPTED or not record.answers(job.spec):
        return False
    return record.started != job.record_started or not needs_run(record, job, policy)
