"""Order of runs on several workers, and the estimated remaining time, from finished runs with equal settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.benchmark.planning.durations import Durations, settings_of
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.training.events import Event, RunEnded, RunLost, RunStarted, StepsDone


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


@dataclass
class Pace:
    """Pace of an active run.

    Attributes:
        steps: all training steps.
        before: steps that a checkpoint completed.
        done: steps done until now, including these.
        started: time of its start, in seconds.
    """

    steps: int
    before: int
    done: int
    started: float

    def remaining(self, now: float, whole: float | None) -> float | None:
        """Estimated seconds until the run ends; None if unknown.

        Args:
            now: the time, on the clock of `started`.
            whole: mean seconds of finished runs with equal settings; None without any.
        """
        spent = now - self.started
        if whole is not None:
            return max(0.0, whole * (1 - self.before / self.steps if self.steps else 1) - spent)
        if self.done == self.before or not self.steps:
            return None
        return spent / (self.done - self.before) * (self.steps - self.done)


class TimeLeft:
    """Estimates the remaining time from events.

    Args:
        specs: the pending runs.
        durations: durations of finished runs; extended as runs end.
        workers: runs at a time.
        now: a clock, in seconds.

    Attributes:
        workers: runs at a time.
    """

    def __init__(
        self, specs: Iterable[RunSpec], durations: Durations, workers: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._pending = {spec.identity: settings_of(spec) for spec in specs}
        self._durations, self.workers, self._now = durations, workers, now
        self._paces: dict[str, Pace] = {}

    def hear(self, event: Event) -> None:
        """Update the estimate from an event."""
        match event:
            case RunStarted(identity, _, steps, done):
                self._paces[identity] = Pace(steps, done, done, self._now())
            case StepsDone(identity, steps) if identity in self._paces:
                self._paces[identity].done += steps
            case RunLost(identity):
                self._paces.pop(identity, None)
            case RunEnded(identity, record):
                self._durations.learn(record)
                self._pending.pop(identity, None)
                self._paces.pop(identity, None)

    def seconds(self) -> float | None:
        """Estimated seconds until the whole grid is done; None while no duration is known."""
        expected = {identity: self._durations.of(settings) for identity, settings in self._pending.items()}
        now = self._now()
        ends = {identity: pace.remaining(now, expected.get(identity)) for identity, pace in self._paces.items()}
        estimates = [seconds for seconds in (*expected.values(), *ends.values()) if seconds is not None]
        if not estimates:
            return None
        mean = sum(estimates) / len(estimates)
        total = 0.0
        for identity in self._pending:
            end = ends.get(identity)
            whole = expected[identity]
            total += end if end is not None else whole if whole is not None else mean
        return total / max(1, min(self.workers, len(self._pending)))


class LongestFirst:
    """Picks the next run, the longest first, so that the last run to end is short.

    First comes one run of each method and dataset of unknown duration: durations are known early, a broken method fails
    early. Ties are broken by the order of the suite.

    Args:
        jobs: all pending runs; later picks are among them.
        durations: durations of finished runs; the caller keeps it up to date.
    """

    def __init__(self, jobs: Sequence[Job], durations: Durations) -> None:
        self._jobs = jobs  # a reference, so that no id below is reused
        # Computed once: every pick compares all runs, and the settings of a spec are a hash.
        self._settings = {id(job): settings_of(job.spec) for job in jobs}
        self._durations = durations
        self._started: set[str] = set()

    def __call__(self, jobs: Sequence[Job]) -> Job:
        """Return the next run.

        Args:
            jobs: those that can start now, at least one.
        """
        settings = [self._settings[id(job)] for job in jobs]
        expected = [self._durations.of(key) for key in settings]
        known_seconds = [seconds for seconds in expected if seconds is not None]
        mean = fmean(known_seconds) if known_seconds else 0.0

        def priority(index: int) -> tuple[bool, float]:
            seconds = expected[index]
            return seconds is None and settings[index] not in self._started, mean if seconds is None else seconds

        first = max(range(len(jobs)), key=priority)  # the first of equals
        self._started.add(settings[first])
        return jobs[first]
