"""What surrounds the orchestrator, whatever it does: screen, MLflow, signals, and who does the runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext

from rich.console import Console

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.config import ExecutorConfig, employ
from mnerbench.benchmark.execution.orchestrator import Orchestrator, Outcome
from mnerbench.benchmark.execution.progress import Screen
from mnerbench.benchmark.execution.quiet import quiet_transformers
from mnerbench.benchmark.execution.schedule import TimeLeft
from mnerbench.benchmark.execution.signals import asked_to_stop
from mnerbench.benchmark.planning.pending import Task
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.tracking.background import BackgroundTracker, logging_aside
from mnerbench.benchmark.training.events import Listener


class ExecutionContext:
    """Where runs are done, and by whom.

    Args:
        screen: shows progress.
        staff: does the runs.
        materials: what runs are made from.
        left: knows how long the rest takes.
    """

    def __init__(self, screen: Console, staff: ExecutorConfig, materials: LocalResources, left: TimeLeft) -> None:
        self._screen, self._staff, self._materials, self._left = screen, staff, materials, left
        quiet_transformers()
        if staff.title:
            screen.print(staff.title)

    @contextmanager
    def open(
        self, runs: int, book: BackgroundTracker | None, ending: Callable[[RunRecord], str] | None = None
    ) -> Iterator[tuple[Screen, Callable[[RunRecord], None]]]:
        """What draws events, and what takes records for MLflow.

        Args:
            runs: how many are to do.
            book: of MLflow; None logs nowhere.
            ending: says in a line how a run ended.
        """
        aside = logging_aside(book) if book is not None else nullcontext(lambda _: None)
        several = self._staff.workers != 1
        with aside as note, Screen(self._screen, runs, self._left, several=several, ending=ending) as display:
            yield display, note

    def conduct(self, orchestrator: Orchestrator, tasks: Sequence[Task], display: Screen) -> Outcome:
        """Do tasks, and what else the orchestrator is given; the first signal asks to end, the second ends.

        Raises:
            DiskError: the disk is full; what was done is kept.
        """
        hire = employ(self._staff, self._materials)

        def employed(listen: Listener) -> Executor:
            executor = hire(listen)
            self._left.workers = executor.free  # of a cluster nobody knew before
            return executor

        def stop() -> None:
            orchestrator.interrupt()
            display.say_soon("ending between two steps; once more to end at once")

        display.on_lost = orchestrator.interrupt  # nobody reads on: as when somebody asks to stop
        with asked_to_stop(stop):
            return orchestrator.run(tasks, employed)
