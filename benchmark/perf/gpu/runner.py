"""Does the parts one after the other, each within its time, and keeps the table on disk up to date."""

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

_START = 120.0  # seconds that a worker may take to import torch from a cold disk
_GRACE = 5.0  # for a killed one to be gone
_LEAST = 5.0  # of the whole time, below which no further part begins
_PATIENT = 10.0  # on a CPU everything may take so many times as long as on a GPU


class Runner:
    """Does parts.

    Args:
        setting: on what.
        names: of the parts, in order.
        seconds: for all of them.
        out: the JSON file.
        tell: called with every part that is over.
    """

    def __init__(
        self, setting: Setting, names: Sequence[str], seconds: float, out: Path, tell: Callable[[PartReport], None]
    ) -> None:
        self._setting, self._out, self._tell = setting, out, tell
        self._begun, self._seconds = time.monotonic(), seconds
        slow = 1.0 if setting.on_gpu else _PATIENT
        parts = [PartReport(name, part.about, part.budget * slow) for name, part in PARTS.items()]
        for part in parts:
            if part.name not in names:
                part.not_begun = "not asked for (--only)"
        self.report = Report({}, parts)
        self._wanted = [part for part in parts if part.name in names]
        self._busy = False
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    @property
    def _spent(self) -> float:
        return time.monotonic() - self._begun

    def run(self) -> Report:
        """Do all of them.

        Raises:
            DiskError: the file cannot be written.
        """
        self._write()
        try:
            for part in self._wanted:
                self._do(part)
                self._write()
                self._tell(part)
        finally:
            self.close()
            self.report.ended = True
            self._write()
        return self.report

    def _do(self, part: PartReport) -> None:
        left = self._seconds - self._spent
        if left < _LEAST:
            part.not_begun = f"no time was left of {self._seconds / 60:.1f} minutes"
            return
        begun = time.monotonic()
        try:
            pipe = self._worker()
        except (EOFError, OSError, TimeoutError) as error:
            part.not_begun, part.stopped = "", f"the worker did not start: {error or type(error).__name__}"
            self._end_worker()
        else:
            # Until it is over: whoever reads the file after a kill is not told that half a part has passed.
            begun, part.not_begun, part.stopped = time.monotonic(), "", "interrupted before its end"
            self._hear(part, pipe, begun)
        part.seconds = time.monotonic() - begun
        # An error of CUDA stays with its process: what failed is not to make the next part fail.
        if part.status is Status.FAILED or (self._setting.on_gpu and PARTS[part.name].traces):
            self._end_worker()

    def _hear(self, part: PartReport, pipe: Connection, begun: float) -> None:
        """Take in what a part finds until it is over, or its time is."""
        limit = min(part.budget, self._seconds - self._spent)
        self._busy = True
        try:
            pipe.send(part.name)
            while True:
                left = begun + limit - time.monotonic()
                if left <= 0 or not pipe.poll(left):
                    whose = "its budget" if limit == part.budget else "what was left of the whole time"
                    part.stopped = f"cut after {limit:.0f} s, {whose}"
                    return
                message: Message = pipe.recv()
                if isinstance(message, Ended):
                    part.stopped, part.not_begun = message.failure, message.skipped
                    self._busy = False
                    return
                if not isinstance(message, Ready):
                    part.add(message)
                    self._write()
        except (EOFError, OSError):
            part.stopped = f"its process died ({_how(self._process)})"

    def _worker(self) -> Connection:
        """The process that does parts, a new one where there is none.

        Raises:
            TimeoutError: it does not become ready.
            EOFError: it dies on the way.
        """
        if self._pipe is not None:
            return self._pipe
        context = multiprocessing.get_context("spawn")  # a fork of a process that has used CUDA cannot use it
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, self._setting))
        self._process.start()
        theirs.close()
        if not self._pipe.poll(min(_START, max(_LEAST, self._seconds - self._spent))):
            raise TimeoutError("it takes too long to import torch")
        ready = self._pipe.recv()
        if isinstance(ready, Ready):
            self.report.facts = ready.facts
        return self._pipe

    def _end_worker(self) -> None:
        """Let it end by itself where it is idle, and kill it where not; its own workers end when it does."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(0 if self._busy else _GRACE)
            self._process.kill()
            self._process.join(_GRACE)
        self._process, self._pipe, self._busy = None, None, False

    def close(self) -> None:
        """End whatever still works."""
        self._end_worker()

    def _write(self) -> None:
        self.report.seconds = self._spent
        write_atomically(self._out, json.dumps(self.report.plain(), indent=1) + "\n")


def _how(process: SpawnProcess | None) -> str:
    if process is None:
        return "nobody knows how"
    process.join(_GRACE)
    return f"exit code {process.exitcode}"
