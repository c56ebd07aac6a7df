"""Context of an active run, and the outputs that become its record."""

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
    """Outputs of a run so far; they go into the record, even if the run fails.

    Attributes:
        metrics: scores by split, view and scorer.
        facts: other fields of the record.
        timings: seconds by name.
        device: that the run uses.
    """

    metrics: dict[str, dict[str, dict[str, StoredScore]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    device: str = "cpu"


@dataclass(frozen=True)
class RunContext:
    """What a run uses besides its spec.

    Attributes:
        provider: provides corpora, inputs and encoders.
        store: receives predictions and checkpoints.
        outputs: receive metrics, timings and facts.
        listen: receives events.
        stop: whether the run is requested to stop.
    """

    provider: ResourceProvider
    store: RunStore
    outputs: RunOutputs
    listen: Listener
    stop: Callable[[], bool] = _never

    def heartbeat(self, identity: str, steps: int = 0) -> None:
        """Report progress; called wherever the run can be interrupted and resumed later.

        Raises:
            Interrupted: the run is requested to stop.
        """
        self.listen(StepsDone(identity, steps))
        if self.stop():
            raise Interrupted("stop requested; the run's state is kept")


def store_predictions(
    context: RunContext, spec: RunSpec, split_and_view: tuple[str, str], labels: Sequence[Sequence[str]]
) -> None:
    """Write the predictions of a split in a view, then score what was written.

    The record of an earlier run is deleted only now, so that a run that ends during training loses no scores.

    Args:
        context: its store receives the predictions, its outputs the scores.
        spec: of the run.
        split_and_view: split by its name in records, and view.
        labels: predicted labels per tweet.
    """
    split, view = split_and_view
    data, name = spec.scored[split]
    predictions = list(pair_up(context.provider.corpus(data.name)[name], labels))
    context.store.withdraw_record(spec.identity)
    context.store.save_predictions(spec.identity, split, view, predictions)
    context.outputs.metrics.setdefault(split, {})[view] = score_all(predictions)
