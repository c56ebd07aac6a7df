"""Context of an active run: what it uses, and the outputs that become its record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import ResourceProvider
from mnerbench.benchmark.results.environment import MemoryMeter, environment
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import RunError, RunRecord, Status, StoredScore
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Evaluated, Event, Interrupted, Listener, StepsDone


@dataclass
class RunContext:
    """An active run: what it uses, and its outputs so far, which go into its record even if it fails.

    Attributes:
        job: the run.
        provider: provides corpora, inputs and encoders.
        listen: receives events.
        stop: whether the run is requested to stop.
        metrics: scores by split, view and scorer.
        facts: other fields of the record.
        timings: seconds by name.
        device: that the run uses.
        earlier_seconds: that the training took, if this is the later scoring of a finished run.
        store: receives predictions and checkpoints.
    """

    job: Job
    provider: ResourceProvider
    listen: Listener
    stop: Callable[[], bool] = lambda: False
    metrics: dict[str, dict[str, dict[str, StoredScore]]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    device: str = "cpu"
    earlier_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.store = RunStore(self.provider.paths.out)
        self._start, self._memory = time.perf_counter(), MemoryMeter()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")

    @property
    def identity(self) -> str:
        """Identity of the run."""
        return self.job.spec.identity

    def heartbeat(self, steps: int = 0) -> None:
        """Report progress; called wherever the run can be interrupted and resumed later.

        Raises:
            Interrupted: the run is requested to stop.
        """
        self._report(StepsDone(self.identity, steps))

    def progress(self, what: str, total: int) -> Callable[[int], None]:
        """A callback to report the progress of an evaluation, by the number of tweets since its last call.

        Like `heartbeat`, it raises `Interrupted` if the run is requested to stop.

        Args:
            what: is evaluated, for people.
            total: number of tweets that will have been reported at the end.
        """
        done = 0

        def advance(tweets: int) -> None:
            nonlocal done
            done = min(done + tweets, total)
            self._report(Evaluated(self.identity, what, done, total))

        return advance

    def _report(self, event: Event) -> None:
        self.listen(event)
        if self.stop():
            raise Interrupted("stop requested; the run's state is kept")

    def store_predictions(
        self, split: str, view: str, labels: Sequence[Sequence[str]], *, beside: bool = False
    ) -> None:
        """Write the predictions of a split in a view, then score what was written.

        The record of an earlier run is deleted only now, so that a run that ends during training loses no scores.

        Args:
            split: its name in records.
            view: its name.
            labels: predicted labels per tweet.
            beside: keep the record of the earlier run, to which these predictions of a further split belong.
        """
        data, name = self.job.spec.scored[split]
        predictions = list(pair_up(self.provider.tweets(data)[name], labels))
        if not beside:
            self.store.withdraw_record(self.identity)
        self.store.save_predictions(self.identity, split, view, predictions)
        self.metrics.setdefault(split, {})[view] = score_all(predictions)

    def record(self, status: Status, error: BaseException | None = None) -> RunRecord:
        """The record of the run with its outputs so far."""
        measured: dict[str, Any] = {
            "seconds": self.earlier_seconds + time.perf_counter() - self._start,
            "peak_memory": self._memory.peak(self.device),
            "environment": environment(self.device),
        }
        return RunRecord(
            identity=self.identity,
            spec=self.job.spec,
            status=status,
            started=self._started,
            metrics=self.metrics,
            timings=self.timings,
            error=_describe(error) if error is not None else None,
            **{**measured, **self.facts},
        )


def _describe(error: BaseException) -> RunError:
    trace = "".join(traceback.format_exception(error))
    return RunError(kind=type(error).__name__, message=str(error) or type(error).__name__, traceback=trace)
