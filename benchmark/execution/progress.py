"""What a person sees while runs work: a line about the grid, one per run that works, and what happened."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from mnerbench.benchmark.execution.schedule import TimeLeft, duration
from mnerbench.benchmark.execution.streams import StreamLostError
from mnerbench.benchmark.results.record import COLLAPSED, RunRecord, Status
from mnerbench.benchmark.training.events import EpochDone, Event, RunEnded, RunLost, RunStarted, StepsDone


class Screen:
    """Draws events; in a pipe or log file only what happened, no bars.

    Args:
        console: where to draw.
        runs: how many runs are to do.
        left: knows how long that takes.
        several: whether runs work at the same time, so that lines have to say whose they are.
        ending: says in a line how a run ended.

    Attributes:
        on_lost: called when standard output is lost, once; the events that follow are drawn nowhere.
    """

    def __init__(
        self,
        console: Console,
        runs: int,
        left: TimeLeft,
        *,
        several: bool = False,
        ending: Callable[[RunRecord], str] | None = None,
    ) -> None:
        self._console, self._left, self._several, self._ending = console, left, several, ending or summary
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._grid = self._progress.add_task("runs", total=runs, state="")
        self._ended: Counter[Status] = Counter()
        self._tasks: dict[str, TaskID] = {}
        self._titles: dict[str, str] = {}
        self._stated = 0.0
        self._later: list[str] = []
        self.on_lost: Callable[[], None] = lambda: None

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._losses_told():
            self._say_now()
            self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        self._left.hear(event)
        with self._losses_told():
            self._say_now()
            self._draw(event)

    def _draw(self, event: Event) -> None:
        match event:
            case RunStarted(identity, title, steps, done, note):
                self._titles[identity] = title
                self._tasks[identity] = self._progress.add_task(title, total=steps or None, completed=done, state="")
                begun = f", resumed at step {done} of {steps}" if done else f", {note}" if note else ""
                self.say(f"{title}  [{identity}]{begun}")
            case StepsDone(identity, steps) if identity in self._tasks:
                self._progress.advance(self._tasks[identity], steps)
            case EpochDone(identity, epochs, point, entities):
                silent = "  no entity predicted" if entities == 0 else ""
                state = f"epoch {point.epoch}/{epochs}  dev F1 {100 * point.dev_f1:.2f}{silent}"
                self._progress.update(self._tasks[identity], state=state)
                times = f"({point.train_seconds:.0f} s + {point.dev_seconds:.0f} s)"
                self.say(
                    f"{self._whose(identity)}epoch {point.epoch}/{epochs}  loss {point.loss:.3f}"
                    f"  dev F1 {100 * point.dev_f1:.2f}{silent}  {times}"
                )
            case RunLost(identity, reason):
                self.say(f"{self._whose(identity)}{reason}; it goes on from its last checkpoint")
                self._forget(identity)
            case RunEnded(identity, record):
                self._ended[record.status] += 1
                self.say(self._whose(identity) + self._ending(record))
                self._forget(identity)
                self._progress.advance(self._grid)
        if self._console.is_terminal and (time.monotonic() - self._stated > 1 or not isinstance(event, StepsDone)):
            self._stated = time.monotonic()
            self._progress.update(self._grid, state=self._state())

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        with self._losses_told():
            self._console.print(text, markup=False, highlight=False)

    def say_soon(self, text: str) -> None:
        """Print a line at the next event or at the end: for signal handlers, which may come within another line."""
        self._later.append(text)

    def _say_now(self) -> None:
        while self._later:
            self.say(self._later.pop(0))

    @contextmanager
    def _losses_told(self) -> Iterator[None]:
        """Whoever writes records must not end at a full disk of the log, or at the end of a pipe."""
        try:
            yield
        except StreamLostError:
            self.on_lost()

    def _whose(self, identity: str) -> str:
        """What a line begins with."""
        return f"  {self._titles.get(identity, identity)}: " if self._several else "  "

    def _forget(self, identity: str) -> None:
        self._titles.pop(identity, None)
        task = self._tasks.pop(identity, None)
        if task is not None:
            self._progress.remove_task(task)

    def _state(self) -> str:
        parts = [f"{count} {status.value}" for status, count in self._ended.items() if count]
        seconds = self._left.seconds()
        left = [f"about {duration(seconds)} left"] if seconds is not None else []
        return ", ".join([*parts, f"{len(self._tasks)} running", *left])


def summary(record: RunRecord) -> str:
    """One line about a run that is over: its test F1 in every view (dev F1 where test is not scored), or why not."""
    if record.status is not Status.DONE:
        kind = f"{record.error.kind}: " if record.error is not None and record.status is Status.FAILED else ""
        reason = f": {kind}{record.error.message}" if record.error is not None else ""
        return f"{record.status.value}{reason}"
    name, split = ("dev", "valid") if record.spec.dev_only else ("test", "test")
    scores = [f"{view} {100 * s['conlleval'].overall.counts().f1:.2f}" for view, s in record.metrics[split].items()]
    warning = f"  {COLLAPSED}" if record.collapsed(split) else ""
    return f"{name} F1 {', '.join(scores)}  ({record.seconds:.0f} s){warning}"
