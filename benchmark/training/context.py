"""What a run works with besides its spec, and what it has found out so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnerbench.benchmark.resources.paths import ResourceProvider
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import StoredScore
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Interrupted, Listener, StepsDone


def _never() -> bool:
    return False


@dataclass
class RunOutputs:
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
class RunContext:
    """What a run works with besides its spec.

    Attributes:
        supplies: corpora, inputs, encoders.
        store: gets predictions and checkpoints.
        findings: get metrics, timings and facts.
        listen: gets events.
        stop: whether the run is asked to end.
    """

    supplies: ResourceProvider
    store: RunStore
    findings: RunOutputs
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


def keep(bench: RunContext, spec: RunSpec, place: tuple[str, str], labels: Sequence[Sequence[str]]) -> None:
    """Write the predictions of a split in a view, then score what was written.

    The record of an earlier run is deleted first, and not before: a run that ends during training costs no score.

    Args:
        bench: its store gets the predictions, its findings the scores.
        spec: of the run.
        place: split, as the record calls it, and view.
        labels: predicted labels per tweet.
    """
    split, view = place
    data, name = spec.scored[split]
    predictions = list(pair_up(bench.supplies.corpus(data.name)[name], labels))
    bench.store.withdraw_record(spec.identity)
    bench.store.save_predictions(spec.identity, split, view, predictions)
    bench.findings.metrics.setdefault(split, {})[view] = score_all(predictions)
