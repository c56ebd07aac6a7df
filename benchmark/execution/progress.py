"""Progress display: a bar for the grid, a bar per active run, and a log line per event.

In a pipe or log file, where no bar moves, a run that was silent for a minute has a line on its progress.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from mnerbench.benchmark.execution.schedule import TimeLeft, duration
from mnerbench.benchmark.execution.streams import StreamLostError
from mnerbench.benchmark.results.record import COLLAPSED, RunRecord, Status
from mnerbench.benchmark.training.events import EpochDone, Evaluated, Event, RunEnded, RunLost, RunStarted, StepsDone

_LINE_SECONDS = 60.0  # of silence, after which a run has a line where there are no bars


@dataclass
class _Active:
    """An active run: its bar, its training steps, what the bar shows beside them, and when its last line was."""

    task: TaskID
    title: str
    steps: int
    done: int
    state: str
    line_at: float


class Screen:
    """Displays events; in a pipe or log file only the log lines, no bars.

    Args:
        console: where to print.
        runs: number of pending runs.
        time_left: estimates the remaining time.
        several: whether runs work in parallel, so that log lines need the run's title.
        ending: formats the line that says how a run ended.
        now: a clock, in seconds.

    Attributes:
        on_lost: called once when standard output is lost; later events are not displayed.
    """

    def __init__(
        self,
        console: Console,
        runs: int,
        time_left: TimeLeft,
        *,
        several: bool = False,
        ending: Callable[[RunRecord], str] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._time_left, self._several, self._ending = console, time_left, several, ending or summary
        self._now = now
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
        self._active: dict[str, _Active] = {}
        self._refreshed = 0.0
        self._deferred: list[str] = []
        self.on_lost: Callable[[], None] = lambda: None

    def __enter__(self) -> Screen:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._reporting_loss():
            self._say_deferred()
            self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Display one event."""
        self._time_left.hear(event)
        with self._reporting_loss():
            self._say_deferred()
            self._draw(event)

    def _draw(self, event: Event) -> None:
        match event:
            case RunStarted(identity, title, steps, done, note):
                task = self._progress.add_task(title, total=steps or None, completed=done, state="")
                self._active[identity] = _Active(task, title, steps, done, "", self._now())
                origin = f", resumed at step {done} of {steps}" if done else f", {note}" if note else ""
                self.say(f"{title}  [{identity}]{origin}")
            case StepsDone(identity, steps) if identity in self._active:
                self._draw_steps(identity, steps)
            case Evaluated(identity, what, done, total) if identity in self._active:
                run = self._active[identity]
                self._progress.update(run.task, total=total, completed=done, state=what)
                self._say_now_and_then(identity, f"{what}: {done / max(1, total):.0%}")
            case EpochDone(identity, epochs, point, entities):
                silent = "  no entity predicted" if entities == 0 else ""
                state = f"epoch {point.epoch}/{epochs}  dev F1 {100 * point.dev_f1:.2f}{silent}"
                if (active := self._active.get(identity)) is not None:
                    active.state, active.line_at = state, self._now()
                    self._draw_steps(identity, 0)
                times = f"({point.train_seconds:.0f} s + {point.dev_seconds:.0f} s)"
                self.say(
                    f"{self._prefix(identity)}epoch {point.epoch}/{epochs}  loss {point.loss:.3f}"
                    f"  dev F1 {100 * point.dev_f1:.2f}{silent}  {times}"
                )
            case RunLost(identity, reason):
                self.say(f"{self._prefix(identity)}{reason}; the run resumes from its last checkpoint")
                self._forget(identity)
            case RunEnded(identity, record):
                self._ended[record.status] += 1
                # Under its own title if it did not start.
                self.say(self._prefix(identity, record.spec.title) + self._ending(record))
                self._forget(identity)
                self._progress.advance(self._grid)
        frequent = isinstance(event, StepsDone | Evaluated)
        if self._console.is_terminal and (time.monotonic() - self._refreshed > 1 or not frequent):
            self._refreshed = time.monotonic()
            self._progress.update(self._grid, state=self._state())

    def _draw_steps(self, identity: str, steps: int) -> None:
        """Show the training steps of a run, `steps` more than before."""
        run = self._active[identity]
        run.done += steps
        self._progress.update(run.task, total=run.steps or None, completed=run.done, state=run.state)
        if steps:
            self._say_now_and_then(identity, f"step {run.done:,} of {run.steps:,}")

    def _say_now_and_then(self, identity: str, text: str) -> None:
        """Print a line on a run, unless it has a bar or had a line in the last minute."""
        run = self._active[identity]
        if not self._console.is_terminal and self._now() - run.line_at >= _LINE_SECONDS:
            run.line_at = self._now()
            self.say(f"{self._prefix(identity)}{text}")

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        with self._reporting_loss():
            self._console.print(text, markup=False, highlight=False)

    def say_soon(self, text: str) -> None:
        """Print a line at the next event or at the end; for signal handlers, which may interrupt another print."""
        self._deferred.append(text)

    def _say_deferred(self) -> None:
        while self._deferred:
            self.say(self._deferred.pop(0))

    @contextmanager
    def _reporting_loss(self) -> Iterator[None]:
        """Call `on_lost` instead of raising: a closed pipe or a full disk of the log must not end the orchestrator."""
        try:
            yield
        except StreamLostError:
            self.on_lost()

    def _prefix(self, identity: str, title: str = "") -> str:
        """Indentation of a log line, with the run's title if several runs work in parallel."""
        run = self._active.get(identity)
        return f"  {run.title if run is not None else title or identity}: " if self._several else "  "

    def _forget(self, identity: str) -> None:
        if (run := self._active.pop(identity, None)) is not None:
            self._progress.remove_task(run.task)

    def _state(self) -> str:
        parts = [f"{count} {status.value}" for status, count in self._ended.items() if count]
        seconds = self._time_left.seconds()
        remaining = [f"about {duration(seconds)} left"] if seconds is not None else []
        return ", ".join([*parts, f"{len(self._active)} running", *remaining])


def summary(record: RunRecord) -> str:
    """One line on a finished run: test F1 in every view (dev F1 if test is not scored), or why there is none."""
    if record.status is not Status.DONE:
        kind = f"{record.error.kind}: " if record.error is not None and record.status is Status.FAILED else ""
        reason = f": {kind}{record.error.message}" if record.error is not None else ""
        return f"{record.status.value}{reason}"
    name, split = ("dev", "valid") if record.spec.dev_only else ("test", "test")
    scores = [f"{view} {100 * s['conlleval'].overall.f1:.2f}" for view, s in record.metrics[split].items()]
    warning = f"  {COLLAPSED}" if record.collapsed(split) else ""
    warning += f"  partial: {record.spec.partial}" if record.spec.partial else ""
    return f"{name} F1 {', '.join(scores)}  ({record.seconds:.0f} s){warning}"
