"""A run to do, and what is known about it while it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mnerbench.benchmark.resources.paths import Supplies
from mnerbench.benchmark.results.record import StoredScore
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Interrupted, Listener, StepsDone


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Job:
    """A run to do.

    Attributes:
        spec: what decides the result.
        encoder: the encoder, or vectors of words, as the user named it (a path is fine here); None for methods that
            count.
        code: digests of the sources that are installed where the run was planned, by module; empty if nobody asked.
    """

    spec: RunSpec
    encoder: str | None
    code: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Findings:
    """What a run has found out so far; becomes the record, also when the run fails half-way.

    Attributes:
        metrics: scores by split, view and scorer.
        facts: other fields of the record.
        timings: seconds by name.
        device: what the run works on.
    """

    metrics: dict[str, dict[str, dict[str, StoredScore]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    device: str = "cpu"


@dataclass(frozen=True)
class Bench:
    """What a run works with besides its spec.

    Attributes:
        supplies: corpora, inputs, encoders.
        store: gets predictions and checkpoints.
        findings: get metrics, timings and facts.
        listen: gets events.
        stop: whether the run is asked to end.
    """

    supplies: Supplies
    store: RunStore
    findings: Findings
    listen: Listener
    stop: Callable[[], bool] = _never

    def alive(self, identity: str, steps: int = 0) -> None:
        """Say that the run still works; called wherever it could be left and gone on with later.

        Raises:
            Interrupted: it is asked to end.
        """
        self.listen(StepsDone(identity, steps))
        if self.stop():
            raise Interrupted("asked to end; its state is kept")
