"""Runs in worker processes on this machine, one run per worker, optionally several workers per GPU."""

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

_JOIN_TIMEOUT = 5.0  # seconds to wait for a killed process


@dataclass
class _Worker:
    """A process, our end of its pipe, and the identity of its current run."""

    process: SpawnProcess
    pipe: Connection
    identity: str | None = None


class ProcessExecutor(Executor):
    """Executes runs in persistent workers, which load torch, corpora and features once. Dead workers are replaced.

    Args:
        paths: paths and settings of the invocation, the same for every worker.
        gpus: per worker, its `CUDA_VISIBLE_DEVICES`; None leaves the variable unchanged.
        listen: receives every event.
    """

    def __init__(self, paths: RunPaths, gpus: Sequence[str | None], listen: Listener) -> None:
        super().__init__(listen)
        self._paths, self._gpus = paths, tuple(gpus)
        self._workers: list[_Worker | None] = [None] * len(self._gpus)

    @property
    def free(self) -> int:
        """Number of workers without a run, including those not started yet."""
        return sum(worker is None or worker.identity is None for worker in self._workers)

    def start(self, job: Job) -> None:
        """Send the run to an idle worker, else to a new one."""
        idle = [worker for worker in self._workers if worker is not None and worker.identity is None]
        worker = idle[0] if idle else self._start_worker()
        worker.identity = job.spec.identity
        with suppress(OSError):  # the worker died while idle; `wait` reports the loss
            worker.pipe.send(job)

    def _start_worker(self) -> _Worker:
        index = self._workers.index(None)
        # Not forked: a fork of a process that has used torch or MLflow may deadlock in their threads.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self._paths, self._gpus[index]), daemon=True)
        process.start()
        theirs.close()
        self._workers[index] = worker = _Worker(process, ours)
        return worker

    def wait(self, seconds: float) -> None:
        """Read the workers' messages."""
        workers = [worker for worker in self._workers if worker is not None]
        ready = set(wait([end for worker in workers for end in (worker.pipe, worker.process.sentinel)], seconds))
        for worker in workers:
            if ready & {worker.pipe, worker.process.sentinel}:
                self._read(worker)

    def _read(self, worker: _Worker) -> None:
        try:
            # The last messages of a dead worker are still in the pipe, before its end.
            while worker.pipe.poll():
                event = worker.pipe.recv()
                if isinstance(event, RunEnded):
                    worker.identity = None
                self._listen(event)
        except (EOFError, OSError):
            self._remove(worker)

    def _remove(self, worker: _Worker) -> None:
        worker.process.join(_JOIN_TIMEOUT)
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = None
        if worker.identity is not None:
            self._listen(RunLost(worker.identity, _exit_reason(worker.process.exitcode)))

    def stop(self, identity: str) -> None:
        """Send the request to the run's worker."""
        for worker in self._workers_on(identity):
            with suppress(OSError):
                worker.pipe.send(Stop(identity))

    def kill(self, identity: str) -> None:
        """Kill the run's worker."""
        for worker in self._workers_on(identity):
            worker.process.kill()

    def _workers_on(self, identity: str) -> list[_Worker]:
        return [worker for worker in self._workers if worker is not None and worker.identity == identity]

    def close(self) -> None:
        """Kill all workers; their runs can be resumed from checkpoints."""
        workers = [worker for worker in self._workers if worker is not None]
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join(_JOIN_TIMEOUT)
            worker.pipe.close()
        self._workers = [None] * len(self._gpus)


def _exit_reason(code: int | None) -> str:
    if code is None:
        return "the worker does not answer"
    if code >= 0:
        return f"the worker ended with exit code {code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
    hint = "; if you did not send it, the system may have run out of memory" if -code == signal.SIGKILL else ""
    return f"the worker was ended by {name}{hint}"
