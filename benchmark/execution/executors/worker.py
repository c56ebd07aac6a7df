"""A worker process: does runs that are sent to it and tells how they go. It dies with whoever started it."""

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

from mnerbench.benchmark.execution.log_lines import make_log_lines_printable
from mnerbench.benchmark.execution.signals import STOPPING
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.training.events import Event, RunEnded, StepsDone
from mnerbench.benchmark.training.run import execute

_STEPS_EVERY = 0.2  # seconds between two messages about steps


@dataclass(frozen=True)
class Stop:
    """Asks a run to end between two steps, and keep its state."""

    identity: str


class Line:
    """The worker's end of the pipe.

    Args:
        pipe: brings jobs and `Stop`; takes events.
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
                os._exit(1)  # nobody is left to tell; the lock of the run is free, somebody else may do it already
            if isinstance(message, Stop):
                self._stopped.add(message.identity)
            else:
                self._jobs.put(message)

    def next(self) -> Job:
        """The next run; waits for it."""
        return self._jobs.get()

    def stopped(self, identity: str) -> bool:
        """Whether a run is asked to end."""
        return identity in self._stopped

    def tell(self, event: Event) -> None:
        """Send an event; steps are counted together, so that fast ones do not fill the pipe."""
        if isinstance(event, StepsDone):
            self._steps += event.steps
            if time.monotonic() - self._sent < _STEPS_EVERY:
                return
            event = StepsDone(event.identity, self._steps)
        elif self._steps:
            self._pipe.send(StepsDone(event.identity, self._steps))
        self._steps, self._sent = 0, time.monotonic()
        self._pipe.send(event)


def work(pipe: Connection, places: RunPaths, gpu: str | None) -> None:
    """Do runs until the pipe closes.

    Args:
        pipe: to the orchestrator.
        places: of the invocation.
        gpu: what `CUDA_VISIBLE_DEVICES` is to be; None leaves it.
    """
    # A terminal, also one that closes, or a scheduler signals the whole group; what is to happen the orchestrator says.
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    line = Line(pipe)
    faulthandler.enable()
    make_log_lines_printable()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    materials = LocalResources(places)
    while True:
        job = line.next()
        identity = job.spec.identity
        line.tell(StepsDone(identity))
        record = execute(job, materials, line.tell, partial(line.stopped, identity))
        line.tell(RunEnded(identity, record))
