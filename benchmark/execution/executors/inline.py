"""Runs in this process, one after the other."""

from __future__ import annotations

import time

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.training.events import Listener, RunEnded
from mnerbench.benchmark.training.run import execute


class InlineExecutor(Executor):
    """Does a run within `wait`. Nothing can end it from outside but a request between two steps.

    Args:
        materials: what runs are made from.
        listen: hears every event.
    """

    def __init__(self, materials: LocalResources, listen: Listener) -> None:
        super().__init__(listen)
        self._materials = materials
        self._job: Job | None = None
        self._stopped: set[str] = set()

    @property
    def free(self) -> int:
        """One, unless a run waits to be done."""
        return 1 if self._job is None else 0

    def start(self, job: Job) -> None:
        """Remember a run, to be done within `wait`."""
        self._job = job

    def wait(self, seconds: float) -> None:
        """Do the run, or sleep."""
        if self._job is None:
            time.sleep(seconds)
            return
        job, self._job = self._job, None
        identity = job.spec.identity
        self._stopped.discard(identity)
        record = execute(job, self._materials, self._listen, lambda: identity in self._stopped)
        self._listen(RunEnded(identity, record))

    def stop(self, identity: str) -> None:
        """May be called while a run is done, by a signal handler or a listener."""
        self._stopped.add(identity)

    def kill(self, identity: str) -> None:
        """Cannot be done: who waits for the run is the one who would kill it."""

    def close(self) -> None:
        """Nothing works outside of `wait`."""
