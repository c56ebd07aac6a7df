"""Which run goes first when several work at a time: the last one to end should be a short one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from mnerbench.benchmark.estimates import Durations, settings_of
from mnerbench.benchmark.spec import RunSpec
from mnerbench.benchmark.todo import Task


class LongestFirst:
    """Picks what to do next: one run of each method and data whose length nobody knows, then the longest.

    So the length of every run is known early, a method that cannot work fails early, and towards the end short runs
    fill the workers. Among equals the order is the suite's.

    Args:
        specs: the runs that are to do.
        known: how long runs took so far; whoever hears of their ends keeps it up to date.
    """

    def __init__(self, specs: Iterable[RunSpec], known: Durations) -> None:
        self._settings = {spec.identity: settings_of(spec) for spec in specs}
        self._known = known
        self._begun: set[str] = set()
        self._met: dict[int, tuple[Task, str]] = {}

    def _settings_of(self, task: Task) -> str:
        """Asked of every task at every pick, and a spec's identity is a hash."""
        if id(task) not in self._met:
            self._met[id(task)] = task, self._settings[task.job.spec.identity]
        return self._met[id(task)][1]

    def __call__(self, tasks: Sequence[Task]) -> Task:
        """The next one.

        Args:
            tasks: that can begin now, at least one.
        """
        settings = [self._settings_of(task) for task in tasks]
        lengths = [self._known.of(one) for one in settings]
        found = [seconds for seconds in lengths if seconds is not None]
        usual = fmean(found) if found else 0.0

        def urgency(place: int) -> tuple[bool, float]:
            seconds = lengths[place]
            return seconds is None and settings[place] not in self._begun, usual if seconds is None else seconds

        first = max(range(len(tasks)), key=urgency)  # the first of equals
        self._begun.add(settings[first])
        return tasks[first]
