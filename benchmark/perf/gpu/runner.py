"""Runs the parts in sequence within their time limits and keeps the JSON file up to date."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from mnerbench.benchmark.perf.gpu.outcomes import Status
from mnerbench.benchmark.perf.gpu.parts import PARTS
from mnerbench.benchmark.perf.gpu.report import PartReport, Report
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.perf.gpu.worker import Ended, Message, Ready, work
from mnerbench.datasets.atomic_files import write_atomically

_START_LIMIT = 120.0  # seconds for a worker to import torch from a cold disk
_GRACE = 5.0  # seconds for a worker to exit
_MIN_REMAINING = 5.0  # seconds of the total time without which no further part starts
_CPU_FACTOR = 10.0  # budgets on a CPU relative to those on a GPU


class Runner:
    """Runs parts in worker processes.

    Args:
        setting: the setting.
        names: names of the parts to run.
        seconds: time limit for all of them.
        out: the JSON file.
        on_part_done: called after every part.
    """

    def __init__(
        self,
        setting: Setting,
        names: Sequence[str],
        seconds: float,
        out: Path,
        on_part_done: Callable[[PartReport], None],
    ) -> None:
        self._setting, self._out, self._on_part_done = setting, out, on_part_done
        self._start, self._seconds = time.monotonic(), seconds
        slow = 1.0 if setting.on_gpu else _CPU_FACTOR
        parts = [PartReport(name, part.about, part.budget * slow) for name, part in PARTS.items()]
        for part in parts:
            if part.name not in names:
                part.not_started = "not selected (--only)"
        self.report = Report({}, parts)
        self._selected = [part for part in parts if part.name in names]
        self._busy = False
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._start

    def run(self) -> Report:
        """Run all selected parts.

        Raises:
            DiskError: the JSON file cannot be written.
        """
        self._write()
        try:
            for part in self._selected:
                self._run_part(part)
                self._write()
                self._on_part_done(part)
        finally:
            self.close()
            self.report.ended = True
            self._write()
        return self.report

    def _run_part(self, part: PartReport) -> None:
        remaining = self._seconds - self._elapsed
        if remaining < _MIN_REMAINING:
            part.not_started = f"the total of {self._seconds / 60:.1f} minutes is used up"
            return
        start = time.monotonic()
        try:
            pipe = self._worker()
        except (EOFError, OSError, TimeoutError) as error:
            part.not_started, part.stopped = "", f"the worker did not start: {error or type(error).__name__}"
            self._end_worker()
        else:
            # Marked as interrupted until its end, so that the file never reports a partial part as passed.
            start, part.not_started, part.stopped = time.monotonic(), "", "interrupted before its end"
            self._collect(part, pipe, start)
        part.seconds = time.monotonic() - start
        # CUDA errors persist within a process: replace it after a failure, so that the next part is unaffected.
        if part.status is Status.FAILED or (self._setting.on_gpu and PARTS[part.name].leaves_state):
            self._end_worker()

    def _collect(self, part: PartReport, pipe: Connection, start: float) -> None:
        """Collect the outcomes of a part until it ends or its time limit is reached."""
        limit = min(part.budget, self._seconds - self._elapsed)
        self._busy = True
        try:
            pipe.send(part.name)
            while True:
                remaining = start + limit - time.monotonic()
                if remaining <= 0 or not pipe.poll(remaining):
                    source = "its budget" if limit == part.budget else "the rest of the total time"
                    part.stopped = f"aborted after {limit:.0f} s, {source}"
                    return
                message: Message = pipe.recv()
                if isinstance(message, Ended):
                    part.stopped, part.not_started = message.failure, message.skipped
                    self._busy = False
                    return
                if not isinstance(message, Ready):
                    part.add(message)
                    self._write()
        except (EOFError, OSError):
            part.stopped = f"its process died ({_exit_status(self._process)})"

    def _worker(self) -> Connection:
        """The pipe to the worker process, which is started if there is none.

        Raises:
            TimeoutError: the worker does not become ready.
            EOFError: the worker dies while starting.
        """
        if self._pipe is not None:
            return self._pipe
        context = multiprocessing.get_context("spawn")  # CUDA does not work in forked processes
        self._pipe, worker_end = context.Pipe()
        self._process = context.Process(target=work, args=(worker_end, self._setting))
        self._process.start()
        worker_end.close()
        if not self._pipe.poll(min(_START_LIMIT, max(_MIN_REMAINING, self._seconds - self._elapsed))):
            raise TimeoutError("importing torch takes too long")
        ready = self._pipe.recv()
        if isinstance(ready, Ready):
            self.report.facts = ready.facts
        return self._pipe

    def _end_worker(self) -> None:
        """Let an idle worker exit and kill a busy one; its child processes end with it."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(0 if self._busy else _GRACE)
            self._process.kill()
            self._process.join(_GRACE)
        self._process, self._pipe, self._busy = None, None, False

    def close(self) -> None:
        """End the worker."""
        self._end_worker()

    def _write(self) -> None:
        self.report.seconds = self._elapsed
        write_atomically(self._out, json.dumps(self.report.plain(), indent=1) + "\n")


def _exit_status(process: SpawnProcess | None) -> str:
    if process is None:
        return "unknown exit code"
    process.join(_GRACE)
    return f"exit code {process.exitcode}"
