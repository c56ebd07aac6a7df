"""Runs in worker processes of this machine: as many at a time as there are workers, several on one GPU if wanted."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.worker import Stop, work
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.training.events import Listener, RunEnded, RunLost

_GRACE = 5.0  # seconds for a killed process to be gone


@dataclass
class _Worker:
    """A process, our end of its pipe, and the run it does."""

    process: SpawnProcess
    pipe: Connection
    identity: str | None = None


class ProcessExecutor(Executor):
    """Workers live from run to run, so that torch, corpora and features are loaded once. A dead one is replaced.

    Args:
        places: of the invocation; what is in it holds for every worker.
        gpus: per worker, what its `CUDA_VISIBLE_DEVICES` is to be; None leaves it.
        listen: hears every event.
    """

    def __init__(self, places: RunPaths, gpus: Sequence[str | None], listen: Listener) -> None:
        super().__init__(listen)
        self._places, self._gpus = places, tuple(gpus)
        self._workers: list[_Worker | None] = [None] * len(self._gpus)

    @property
    def free(self) -> int:
        """Workers without a run, also those that were not started yet."""
        return sum(worker is None or worker.identity is None for worker in self._workers)

    def start(self, job: Job) -> None:
        """Send the run to an idle worker, else to a new one."""
        idle = [worker for worker in self._workers if worker is not None and worker.identity is None]
        worker = idle[0] if idle else self._hire()
        worker.identity = job.spec.identity
        with suppress(OSError):  # it died while idle: `wait` finds out and tells
            worker.pipe.send(job)

    def _hire(self) -> _Worker:
        place = self._workers.index(None)
        # Not forked: a fork of a process that has used torch or MLflow may hang in their threads.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._places, self._gpus[place]), daemon=True)
        process.start()
        theirs.close()
        self._workers[place] = worker = _Worker(process, ours)
        return worker

    def wait(self, seconds: float) -> None:
        """Read what the workers sent."""
        working = [worker for worker in self._workers if worker is not None]
        ready = set(wait([end for one in working for end in (one.pipe, one.process.sentinel)], seconds))
        for worker in working:
            if ready & {worker.pipe, worker.process.sentinel}:
                self._read(worker)

    def _read(self, worker: _Worker) -> None:
        try:
            # A dead worker's last words are still in the pipe; it ends behind them.
            while worker.pipe.poll():
                event = worker.pipe.recv()
                if isinstance(event, RunEnded):
                    worker.identity = None
                self._listen(event)
        except (EOFError, OSError):
            self._dismiss(worker)

    def _dismiss(self, worker: _Worker) -> None:
        worker.process.join(_GRACE)
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = None
        if worker.identity is not None:
            self._listen(RunLost(worker.identity, _how(worker.process.exitcode)))

    def stop(self, identity: str) -> None:
        """Sent to the worker that does the run."""
        for worker in self._of(identity):
            with suppress(OSError):
                worker.pipe.send(Stop(identity))

    def kill(self, identity: str) -> None:
        """Its worker goes with it."""
        for worker in self._of(identity):
            worker.process.kill()

    def _of(self, identity: str) -> list[_Worker]:
        return [worker for worker in self._workers if worker is not None and worker.identity == identity]

    def close(self) -> None:
        """Kill the workers: whatever they do can be gone on with from a checkpoint."""
        working = [worker for worker in self._workers if worker is not None]
        for worker in working:
            worker.process.kill()
        for worker in working:
            worker.process.join(_GRACE)
            worker.pipe.close()
        self._workers = [None] * len(self._gpus)


def _how(code: int | None) -> str:
    if code is None:
        return "the worker does not answer"
    if code >= 0:
        return f"the worker ended with exit code {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    hint = "; when nobody did it, the system may have been out of memory" if -code == signal.SIGKILL else ""
    return f"the worker was ended by {name}{hint}"
