"""Order of runs on several workers: longest processing time first, so that the last run to end is short."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mnerbench.benchmark.planning.durations import Durations, settings_of
from mnerbench.benchmark.planning.pending import Task


class LongestFirst:
    """Picks the next task: first one run of each method and dataset of unknown duration, then the longest run.

    Durations are thus known early, a broken method fails early, and short runs fill the workers towards the end. Ties
    are broken by the order of the suite.

    Args:
        tasks: all pending tasks; later picks are among them.
        durations: durations of finished runs; the caller keeps it up to date.
    """

    def __init__(self, tasks: Sequence[Task], durations: Durations) -> None:
        self._tasks = tasks  # a reference, so that no id below is reused
        # Computed once: every pick compares all tasks, and the settings of a spec are a hash.
        self._settings = {id(task): settings_of(task.job.spec) for task in tasks}
        self._durations = durations
        self._started: set[str] = set()

    def __call__(self, tasks: Sequence[Task]) -> Task:
        """Return the next task.

        Args:
            tasks: those that can start now, at least one.
        """
        settings = [self._settings[id(task)] for task in tasks]
        expected = [self._durations.of(key) for key in settings]
        known_seconds = [seconds for seconds in expected if seconds is not None]
        mean = fmean(known_seconds) if known_seconds else 0.0

        def priority(index: int) -> tuple[bool, float]:
            seconds = expected[index]
            return seconds is None and settings[index] not in self._started, mean if seconds is None else seconds

        first = max(range(len(tasks)), key=priority)  # the first of equals
        self._started.add(settings[first])
        return tasks[first]
