"""Events of a run: plain data, so that other processes can send them."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass, field

from mnerbench.benchmark.results.record import EpochPoint, RunRecord


@dataclass(frozen=True)
class RunStarted:
    """A run starts, or resumes from a checkpoint.

    Attributes:
        identity: of the run.
        title: for people.
        steps: total number of training steps; 0 for count-based methods.
        done: steps completed before the checkpoint.
        note: why an existing checkpoint was ignored; else empty.
        host: the machine that computes the run, where the event is made.
    """

    identity: str
    title: str
    steps: int
    done: int = 0
    note: str = ""
    host: str = field(default_factory=platform.node)


@dataclass(frozen=True)
class StepsDone:
    """Training steps are done; with `steps` 0 a heartbeat."""

    identity: str
    steps: int = 0


@dataclass(frozen=True)
class Evaluated:
    """Part of an evaluation or diagnosis is done.

    Attributes:
        identity: of the run.
        what: for people: `dev`, `test, view it`, `diagnosis`.
        done, total: number of tweets that passed through the method, so far and at the end.
    """

    identity: str
    what: str
    done: int
    total: int


@dataclass(frozen=True)
class EpochDone:
    """An epoch and its evaluation on dev are done.

    Attributes:
        identity: of the run.
        epochs: total number of epochs.
        point: of the training curve.
        entities: number of entities predicted on dev; None if not counted.
    """

    identity: str
    epochs: int
    point: EpochPoint
    entities: int | None = None


@dataclass(frozen=True)
class RunEnded:
    """The run ended; `record` is to be stored."""

    identity: str
    record: RunRecord


@dataclass(frozen=True)
class RunLost:
    """The worker of the run is gone without having sent a record."""

    identity: str
    reason: str


Event = RunStarted | StepsDone | Evaluated | EpochDone | RunEnded | RunLost
Listener = Callable[[Event], None]


class Interrupted(KeyboardInterrupt):
    """The run was requested to stop. Not an error: its state is kept, and it can be resumed."""
