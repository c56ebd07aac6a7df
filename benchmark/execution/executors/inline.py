"""Runs in this process, one after the other."""

from __future__ import annotations

import time

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.training.events import Listener, RunEnded
from mnerbench.benchmark.training.run import execute


class InlineExecutor(Executor):
    """Executes a run within `wait`; it can be stopped between two steps, but not killed.

    Args:
        resources: corpora, encoders and inputs.
        listen: receives every event.
    """

    def __init__(self, resources: LocalResources, listen: Listener) -> None:
        super().__init__(listen)
        self._resources = resources
        self._job: Job | None = None
        self._stopped: set[str] = set()

    @property
    def free(self) -> int:
        """One, unless a run is pending."""
        return 1 if self._job is None else 0

    def start(self, job: Job) -> None:
        """Schedule a run for the next `wait`."""
        self._job = job

    def wait(self, seconds: float) -> None:
        """Execute the pending run; without one, sleep."""
        if self._job is None:
            time.sleep(seconds)
            return
        job, self._job = self._job, None
        identity = job.spec.identity
        self._stopped.discard(identity)
        record = execute(job, self._resources, self._listen, lambda: identity in self._stopped)
        self._listen(RunEnded(identity, record))

    def stop(self, identity: str) -> None:
        """May be called during a run, by a signal handler or a listener."""
        self._stopped.add(identity)

    def kill(self, identity: str) -> None:
        """Does nothing: the process that would kill the run is executing it."""

    def close(self) -> None:
        """Does nothing: no run is active outside `wait`."""
