"""Keeps the file that says how far a run is (`benchmark/results/running_file.py`), for other processes to read."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from mnerbench.benchmark.results.running_file import RUNNING, SECONDS_BETWEEN_WRITES, RunningFile
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import EpochDone, Event, RunStarted, StepsDone
from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError


@dataclass
class _Active:
    """The last written state of an active run, its steps since then, and the time of the write."""

    state: RunningFile
    step: int = 0
    written: float = 0.0


class RunningFiles:
    """Writes and deletes the files of the runs that one process executes.

    A file that cannot be written is left out: it is no part of a result, and a full disk is reported by the run itself.

    Args:
        store: the results folder.
        clock: a monotonic clock, in seconds.
        now: seconds since 1970.
    """

    def __init__(
        self, store: RunStore, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._store, self._clock, self._now = store, clock, now
        self._active: dict[str, _Active] = {}

    def begin(self, identity: str, earlier: str | None) -> None:
        """Write the file of a run that starts.

        Args:
            identity: of the run.
            earlier: `started` of the record that it replaces; None without one.
        """
        host, now = platform.node(), self._now()
        state = RunningFile(host=host, owner=host, pid=os.getpid(), earlier=earlier, begun=now, updated=now)
        self._active[identity] = _Active(state)
        self._write(identity)

    def hear(self, event: Event) -> None:
        """Take in an event of a run; writes the file if the last write is long ago, or at the end of an epoch."""
        active = self._active.get(event.identity)
        if active is None:
            return
        match event:
            case RunStarted(_, _, steps, done, host=host):
                start = {"host": host, "steps": steps, "first": done, "training_since": self._now()}
                active.state, active.step = active.state.model_copy(update=start), done
            case StepsDone(_, steps):
                active.step += steps
            case EpochDone(_, _, point):
                active.state = active.state.model_copy(update={"dev_f1": point.dev_f1})
        if not isinstance(event, StepsDone) or self._clock() - active.written >= SECONDS_BETWEEN_WRITES:
            self._write(event.identity)

    def _write(self, identity: str) -> None:
        active = self._active[identity]
        active.state = active.state.model_copy(update={"step": active.step, "updated": self._now()})
        active.written = self._clock()
        with suppress(StoreError):
            self._store.folder(identity)
            path = self._store.path(identity, RUNNING)
            write_atomically(path, active.state.model_dump_json(indent=1), durable=False)

    def end(self, identity: str) -> None:
        """Delete the file of a run that ended, was stopped or lost its worker."""
        if self._active.pop(identity, None) is not None:
            with suppress(OSError, StoreError):
                self._store.folder(identity)
                self._store.path(identity, RUNNING).unlink(missing_ok=True)

    def end_all(self) -> None:
        """Delete the files of all active runs."""
        for identity in list(self._active):
            self.end(identity)
