"""How long a grid still takes: from runs like the ones that wait, and from how fast those that work go."""

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
    """Steps of a run that works, of them done when it began or went on, done now, and when it began."""

    steps: int
    before: int
    done: int
    begun: float


class TimeLeft:
    """Hears events and guesses.

    Args:
        specs: the runs that are to do.
        known: how long runs took so far; learns from those that end.
        workers: how many work at a time.
        now: a clock, in seconds.

    Attributes:
        workers: as given.
    """

    def __init__(
        self, specs: Iterable[RunSpec], known: Durations, workers: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._left = {spec.identity: settings_of(spec) for spec in specs}
        self._known, self.workers, self._now = known, workers, now
        self._paces: dict[str, _Pace] = {}

    def hear(self, event: Event) -> None:
        """Take note of how runs go."""
        match event:
            case RunStarted(identity, _, steps, done):
                self._paces[identity] = _Pace(steps, done, done, self._now())
            case StepsDone(identity, steps) if identity in self._paces:
                self._paces[identity].done += steps
            case RunLost(identity):
                self._paces.pop(identity, None)
            case RunEnded(identity, record):
                self._known.learn(record)
                self._left.pop(identity, None)
                self._paces.pop(identity, None)

    def seconds(self) -> float | None:
        """Of the whole grid; None while nothing at all is known."""
        ends = {identity: self._end(identity, pace) for identity, pace in self._paces.items()}
        expected = {identity: self._known.of(settings) for identity, settings in self._left.items()}
        found = [seconds for seconds in (*expected.values(), *ends.values()) if seconds is not None]
        if not found:
            return None
        usual = sum(found) / len(found)
        total = 0.0
        for identity in self._left:
            end = ends.get(identity)
            whole = expected[identity]
            total += end if end is not None else whole if whole is not None else usual
        return total / max(1, min(self.workers, len(self._left)))

    def _end(self, identity: str, pace: _Pace) -> float | None:
        """Seconds until a run that works is over."""
        spent, whole = self._now() - pace.begun, self._known.of(self._left.get(identity, ""))
        if whole is not None:
            return max(0.0, whole * (1 - pace.before / pace.steps if pace.steps else 1) - spent)
        if pace.done == pace.before or not pace.steps:
            return None
        return spent / (pace.done - pace.before) * (pace.steps - pace.done)
