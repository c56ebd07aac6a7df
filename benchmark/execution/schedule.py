"""Estimates the remaining time of a grid from finished runs with equal settings and the pace of active ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mnerbench.benchmark.planning.durations import Durations, settings_of
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.training.events import Event, RunEnded, RunLost, RunStarted, StepsDone


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


@dataclass
class _Pace:
    """Pace of an active run: all steps, steps done at its start and now, and the time of its start."""

    steps: int
    before: int
    done: int
    started: float


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
        self._paces: dict[str, _Pace] = {}

    def hear(self, event: Event) -> None:
        """Update the estimate from an event."""
        match event:
            case RunStarted(identity, _, steps, done):
                self._paces[identity] = _Pace(steps, done, done, self._now())
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
        ends = {identity: self._remaining(identity, pace) for identity, pace in self._paces.items()}
        expected = {identity: self._durations.of(settings) for identity, settings in self._pending.items()}
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

    def _remaining(self, identity: str, pace: _Pace) -> float | None:
        """Estimated seconds until an active run ends; None if unknown."""
        spent, whole = self._now() - pace.started, self._durations.of(self._pending.get(identity, ""))
        if whole is not None:
            return max(0.0, whole * (1 - pace.before / pace.steps if pace.steps else 1) - spent)
        if pace.done == pace.before or not pace.steps:
            return None
        return spent / (pace.done - pace.before) * (pace.steps - pace.done)
