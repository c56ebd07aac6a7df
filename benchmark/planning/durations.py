"""Progress of a grid and an estimate of the remaining time, from finished runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, distinct_jobs, needs_run
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore


@dataclass(frozen=True)
class Estimate:
    """Run counts of a grid and the estimated time for the pending runs.

    Attributes:
        total: number of runs.
        done, failed: runs with a record of that status.
        blocked: runs that cannot start because their record is damaged and must not be replaced.
        to_do: runs selected by the rerun policy.
        seconds: estimated time for `to_do`, from finished runs of the same method and settings; None without any.
        unknown: runs in `to_do` without such a finished run, hence not included in `seconds`.
    """

    total: int
    done: int
    failed: int
    to_do: int
    seconds: float | None
    unknown: int
    blocked: int = 0


class Durations:
    """Durations of finished runs, in seconds, grouped by method, data and settings."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}

    def learn(self, record: RunRecord) -> None:
        """Add the duration of a record; only finished runs count."""
        if record.status is Status.DONE:
            # `seconds` of a resumed run covers the last process only; `timings` covers all of them.
            spent = max(record.seconds, sum(record.timings.values()))
            self._seconds.setdefault(settings_of(record.spec), []).append(spent)

    def of(self, settings: str) -> float | None:
        """Mean seconds of the finished runs with this `settings_of`; None if there are none."""
        seconds = self._seconds.get(settings)
        return sum(seconds) / len(seconds) if seconds else None


def settings_of(spec: RunSpec) -> str:
    """Key shared by runs that differ only in their seed."""
    return spec.model_copy(update={"seed": 0}).identity + ("" if spec.diagnosis else " without diagnosis")


def durations(records: Iterable[RunRecord | None]) -> Durations:
    """The durations of some records."""
    learned = Durations()
    for record in records:
        if record is not None:
            learned.learn(record)
    return learned


def estimate(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> Estimate:
    """Count runs by state and estimate the remaining time."""
    by_identity = distinct_jobs(jobs)
    records = {identity: store.record(identity) for identity in by_identity}
    blocked = {identity for identity, record in records.items() if record is None and store.is_blocked(identity)}
    pending = [
        job
        for identity, job in by_identity.items()
        if identity not in blocked and needs_run(records[identity], job, policy)
    ]
    learned = durations(records.values() if pending else ())
    seconds = [mean for job in pending if (mean := learned.of(settings_of(job.spec))) is not None]
    status = [record.status for record in records.values() if record is not None]
    return Estimate(
        total=len(by_identity),
        done=status.count(Status.DONE),
        failed=status.count(Status.FAILED),
        to_do=len(pending),
        seconds=sum(seconds) if seconds else None,
        unknown=len(pending) - len(seconds),
        blocked=len(blocked),
    )
