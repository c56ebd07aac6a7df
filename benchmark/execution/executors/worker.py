"""A worker process: executes the runs sent to it and reports events; it ends with the process that started it."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue

from mnerbench.benchmark.execution.garbage import collect_garbage_rarely
from mnerbench.benchmark.execution.log_lines import make_log_lines_printable
from mnerbench.benchmark.execution.signals import STOPPING
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.training.events import Evaluated, Event, RunEnded, StepsDone
from mnerbench.benchmark.training.run import execute

_STEP_MESSAGE_SECONDS = 0.2  # between two messages about steps


@dataclass(frozen=True)
class Stop:
    """Request that a run end between two steps and keep its state."""

    identity: str


class WorkerPipe:
    """The worker's end of the pipe.

    Args:
        pipe: receives jobs and `Stop`, sends events.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._stopped: set[str] = set()
        self._steps, self._sent = 0, 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                os._exit(1)  # the parent is gone and its locks are free: another process may do the run already
            if isinstance(message, Stop):
                self._stopped.add(message.identity)
            else:
                self._jobs.put(message)

    def next_job(self) -> Job:
        """The next run; blocks until there is one."""
        return self._jobs.get()

    def stopped(self, identity: str) -> bool:
        """Whether a stop of the run was requested."""
        return identity in self._stopped

    def send(self, event: Event) -> None:
        """Send an event; steps are accumulated and progress is thinned, so that fast steps do not fill the pipe."""
        if isinstance(event, StepsDone):
            self._steps += event.steps
            if time.monotonic() - self._sent < _STEP_MESSAGE_SECONDS:
                return
            event = StepsDone(event.identity, self._steps)
        elif _is_intermediate(event) and time.monotonic() - self._sent < _STEP_MESSAGE_SECONDS:
            return
        elif self._steps:
            self._pipe.send(StepsDone(event.identity, self._steps))
        self._steps, self._sent = 0, time.monotonic()
        self._pipe.send(event)


def _is_intermediate(event: Event) -> bool:
    """Whether a later event of the run says the same and more."""
    return isinstance(event, Evaluated) and event.done < event.total


def work(connection: Connection, paths: RunPaths, gpu: str | None) -> None:
    """Execute runs until the pipe closes.

    Args:
        connection: to the orchestrator.
        paths: paths and settings of the invocation.
        gpu: value of `CUDA_VISIBLE_DEVICES`; None leaves the variable unchanged.
    """
    # Terminals and schedulers signal the whole process group; the orchestrator decides what workers do.
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    pipe = WorkerPipe(connection)
    faulthandler.enable()
    make_log_lines_printable()
    collect_garbage_rarely()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    resources = LocalResources(paths)
    while True:
        job = pipe.next_job()
        identity = job.spec.identity
        pipe.send(StepsDone(identity))
        record = execute(job, resources, pipe.send, partial(pipe.stopped, identity))
        pipe.send(RunEnded(identity, record))
