"""Which run goes first when several work at a time: the last one to end should be a short one."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mnerbench.benchmark.planning.durations import Durations, settings_of
from mnerbench.benchmark.planning.pending import Task


class LongestFirst:
    """Picks what to do next: one run of each method and data whose length nobody knows, then the longest.

    So the length of every run is known early, a method that cannot work fails early, and towards the end short runs
    fill the workers. Among equals the order is the suite's.

    Args:
        tasks: that are to do; those that are picked from are among them.
        known: how long runs took so far; whoever hears of their ends keeps it up to date.
    """

    def __init__(self, tasks: Sequence[Task], known: Durations) -> None:
        self._tasks = tasks  # so that none of their ids is given away
        # Every task is asked about at every pick, and to identify a spec takes a hash of it.
        self._settings = {id(task): settings_of(task.job.spec) for task in tasks}
        self._known = known
        self._begun: set[str] = set()

    def __call__(self, tasks: Sequence[Task]) -> Task:
        """The next one.

        Args:
            tasks: that can begin now, at least one.
        """
        settings = [self._settings[id(task)] for task in tasks]
        lengths = [self._known.of(one) for one in settings]
        found = [seconds for seconds in lengths if seconds is not None]
        usual = fmean(found) if found else 0.0

        def urgency(place: int) -> tuple[bool, float]:
            seconds = lengths[place]
            return seconds is None and settings[place] not in self._begun, usual if seconds is None else seconds

        first = max(range(len(tasks)), key=urgency)  # the first of equals
        self._begun.add(settings[first])
        return tasks[first]
