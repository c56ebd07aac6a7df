"""What a run tells while it works. Events are plain data, so that another process can send them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mnerbench.benchmark.records import EpochPoint, RunRecord


@dataclass(frozen=True)
class RunStarted:
    """A run begins, or goes on from a checkpoint.

    Attributes:
        identity: of the run.
        title: for people.
        steps: training steps in all, 0 for methods that count.
        done: steps that a checkpoint already holds.
    """

    identity: str
    title: str
    steps: int
    done: int = 0


@dataclass(frozen=True)
class StepDone:
    """One training step is over."""

    identity: str


@dataclass(frozen=True)
class EpochDone:
    """One epoch and its dev evaluation are over."""

    identity: str
    epochs: int
    point: EpochPoint


@dataclass(frozen=True)
class RunEnded:
    """The run has its record."""

    identity: str
    record: RunRecord


Event = RunStarted | StepDone | EpochDone | RunEnded
Listener = Callable[[Event], None]
