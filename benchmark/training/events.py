"""What a run tells while it works. Events are plain data, so that another process can send them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mnerbench.benchmark.results.record import EpochPoint, RunRecord


@dataclass(frozen=True)
class RunStarted:
    """A run begins, or goes on from a checkpoint.

    Attributes:
        identity: of the run.
        title: for people.
        steps: training steps in all, 0 for methods that count.
        done: steps that a checkpoint already holds.
        note: why a checkpoint that is there was not used; else empty.
    """

    identity: str
    title: str
    steps: int
    done: int = 0
    note: str = ""


@dataclass(frozen=True)
class StepsDone:
    """Training steps are over; without any, a sign of life."""

    identity: str
    steps: int = 0


@dataclass(frozen=True)
class EpochDone:
    """One epoch and its dev evaluation are over.

    Attributes:
        identity: of the run.
        epochs: in all.
        point: of the training curve.
        entities: that were predicted on dev; None where nobody counted.
    """

    identity: str
    epochs: int
    point: EpochPoint
    entities: int | None = None


@dataclass(frozen=True)
class RunEnded:
    """The run is over, and this is to become its record."""

    identity: str
    record: RunRecord


@dataclass(frozen=True)
class RunLost:
    """Whoever did the run is gone, and did not say how it ended."""

    identity: str
    reason: str


Event = RunStarted | StepsDone | EpochDone | RunEnded | RunLost
Listener = Callable[[Event], None]


class Interrupted(KeyboardInterrupt):
    """The run was asked to end. Not an error: what is done so far is kept, and it goes on another time."""
