"""What a person sees while runs work: one bar for the grid, one for the run, a line per epoch."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from mnerbench.benchmark.events import EpochDone, Event, RunEnded, RunStarted, StepDone
from mnerbench.benchmark.records import RunRecord, Status


class Screen:
    """Draws events; in a pipe or log file only the lines, no bars.

    Args:
        console: where to draw.
        runs: how many runs are to do.
    """

    def __init__(self, console: Console, runs: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._grid = self._progress.add_task("runs", total=runs)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        match event:
            case RunStarted(identity, title, steps, done):
                self._tasks[identity] = self._progress.add_task(title, total=steps or None, completed=done)
                self._say(f"{title}  [{identity}]" + (f", resumed at step {done} of {steps}" if done else ""))
            case StepDone(identity):
                self._progress.advance(self._tasks[identity])
            case EpochDone(_, epochs, point):
                self._say(
                    f"  epoch {point.epoch}/{epochs}  loss {point.loss:.3f}  dev F1 {100 * point.dev_f1:.2f}"
                    f"  ({point.train_seconds:.0f} s + {point.dev_seconds:.0f} s)"
                )
            case RunEnded(identity, record):
                self._end(identity, record)

    def _end(self, identity: str, record: RunRecord) -> None:
        task = self._tasks.pop(identity, None)
        if task is not None:
            self._progress.remove_task(task)
        self._progress.advance(self._grid)
        self._say(f"  {summary(record)}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)


def summary(record: RunRecord) -> str:
    """One line about a finished run: its test F1 in every view, or why there is none."""
    if record.status is not Status.DONE:
        reason = f": {record.error.kind}: {record.error.message}" if record.error is not None else ""
        return f"{record.status.value}{reason}"
    scores = [f"{view} {100 * s['conlleval'].overall.counts().f1:.2f}" for view, s in record.metrics["test"].items()]
    return f"test F1 {', '.join(scores)}  ({record.seconds:.0f} s)"
