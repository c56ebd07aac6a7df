"""The surroundings of an orchestrator: executor, progress display, MLflow and signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

from rich.console import Console

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.config import ExecutorConfig
from mnerbench.benchmark.execution.executors.factory import executor_factory
from mnerbench.benchmark.execution.orchestrator import Orchestrator, Outcome
from mnerbench.benchmark.execution.progress import Screen
from mnerbench.benchmark.execution.quiet import quiet_transformers
from mnerbench.benchmark.execution.schedule import TimeLeft
from mnerbench.benchmark.execution.signals import stop_on_signal
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.tracking.background import BackgroundTracker, background_logging
from mnerbench.benchmark.training.events import Listener


class ExecutionContext:
    """Executor, display, tracker and signal handling of one invocation.

    Args:
        screen: console for the progress.
        executor_config: configuration of the executor.
        resources: local resources of the runs.
        time_left: estimates the remaining time.
    """

    def __init__(
        self, screen: Console, executor_config: ExecutorConfig, resources: LocalResources, time_left: TimeLeft
    ) -> None:
        self._screen, self._resources = screen, resources
        self._executor_config, self._time_left = executor_config, time_left
        quiet_transformers()
        if executor_config.title:
            screen.print(executor_config.title)

    @contextmanager
    def open(
        self, runs: int, tracker: BackgroundTracker | None, ending: Callable[[RunRecord], str] | None = None
    ) -> Iterator[tuple[Screen, Callable[[RunRecord], None]]]:
        """Open the progress display and the tracker.

        Args:
            runs: number of pending runs.
            tracker: logs to MLflow; None logs nowhere.
            ending: formats the line that reports the end of a run.

        Yields:
            The listener of events, and a function that logs a record.
        """
        tracking = background_logging(tracker) if tracker is not None else nullcontext(lambda _: None)
        several = self._executor_config.workers != 1
        with tracking as track, Screen(self._screen, runs, self._time_left, several=several, ending=ending) as display:
            yield display, track

    def execute(self, orchestrator: Orchestrator, jobs: Sequence[Job], display: Screen) -> Outcome:
        """Execute runs; the first signal asks the runs to stop, the second one stops at once.

        Raises:
            DiskError: the disk is full; finished runs are kept.
        """
        factory = executor_factory(self._executor_config, self._resources)

        def make_executor(listen: Listener) -> Executor:
            executor = factory(listen)
            self._time_left.workers = executor.free  # the size of a cluster is unknown before
            return executor

        def stop() -> None:
            orchestrator.interrupt()
            display.say_soon("stopping after the current step; interrupt again to stop at once")

        display.on_lost = orchestrator.interrupt  # without a reader, stop as if a signal had asked for it
        with stop_on_signal(stop):
            return orchestrator.run(jobs, make_executor)
