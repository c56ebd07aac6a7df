"""Order of runs on several workers: longest processing time first, so that the last run to end is short."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mnerbench.benchmark.planning.durations import Durations, settings_of
from mnerbench.benchmark.planning.job import Job


class LongestFirst:
    """Picks the next run: first one run of each method and dataset of unknown duration, then the longest run.

    Durations are thus known early, a broken method fails early, and short runs fill the workers towards the end. Ties
    are broken by the order of the suite.

    Args:
        jobs: all pending runs; later picks are among them.
        durations: durations of finished runs; the caller keeps it up to date.
    """

    def __init__(self, jobs: Sequence[Job], durations: Durations) -> None:
        self._jobs = jobs  # a reference, so that no id below is reused
        # Computed once: every pick compares all runs, and the settings of a spec are a hash.
        self._settings = {id(job): settings_of(job.spec) for job in jobs}
        self._durations = durations
        self._started: set[str] = set()

    def __call__(self, jobs: Sequence[Job]) -> Job:
        """Return the next run.

        Args:
            jobs: those that can start now, at least one.
        """
        settings = [self._settings[id(job)] for job in jobs]
        expected = [self._durations.of(key) for key in settings]
        known_seconds = [seconds for seconds in expected if seconds is not None]
        mean = fmean(known_seconds) if known_seconds else 0.0

        def priority(index: int) -> tuple[bool, float]:
            seconds = expected[index]
            return seconds is None and settings[index] not in self._started, mean if seconds is None else seconds

        first = max(range(len(jobs)), key=priority)  # the first of equals
        self._started.add(settings[first])
        return jobs[first]
