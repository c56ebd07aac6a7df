"""How a grid stands and how long the rest of it takes, from the runs that are done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, distinct, is_wanted
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore


@dataclass(frozen=True)
class Estimate:
    """How a grid stands.

    Attributes:
        total: all runs.
        done, failed: runs with such a record.
        blocked: runs that cannot be done, since their record is damaged and not ours to replace.
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
    blocked: int = 0


class Durations:
    """Seconds that runs take, by those that are done with the same method, data and settings."""

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = {}

    def learn(self, record: RunRecord) -> None:
        """Take note of a record; only finished runs say how long one takes."""
        if record.status is Status.DONE:
            # A resumed run's own seconds are those of its last part only; its timings are of all parts.
            spent = max(record.seconds, sum(record.timings.values()))
            self._found.setdefault(settings_of(record.spec), []).append(spent)

    def of(self, settings: str) -> float | None:
        """Mean seconds of runs with these `settings_of`; None when none is done."""
        found = self._found.get(settings)
        return sum(found) / len(found) if found else None


def settings_of(spec: RunSpec) -> str:
    """What two runs share that differ in their seed only."""
    return spec.model_copy(update={"seed": 0}).identity


def durations(records: Iterable[RunRecord | None]) -> Durations:
    """What some records say."""
    found = Durations()
    for record in records:
        if record is not None:
            found.learn(record)
    return found


def estimate(jobs: Sequence[Job], store: RunStore, policy: Rerun) -> Estimate:
    """Count runs by state and guess the time that is left."""
    asked = distinct(jobs)
    records = {identity: store.record(identity) for identity in asked}
    known = durations(records.values())
    blocked = {identity for identity, record in records.items() if record is None and store.is_blocked(identity)}
    wanted = [
        job for identity, job in asked.items() if identity not in blocked and is_wanted(records[identity], job, policy)
    ]
    seconds = [found for job in wanted if (found := known.of(settings_of(job.spec))) is not None]
    status = [record.status for record in records.values() if record is not None]
    return Estimate(
        total=len(asked),
        done=status.count(Status.DONE),
        failed=status.count(Status.FAILED),
        to_do=len(wanted),
        seconds=sum(seconds) if seconds else None,
        unknown=len(wanted) - len(seconds),
        blocked=len(blocked),
    )
