"""Execution of a run on a machine of a Ray cluster."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnerbench.benchmark.execution.executors.transfer_data import TransferredResources
from mnerbench.benchmark.execution.garbage import collect_garbage_rarely
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.events import Evaluated, Event, StepsDone
from mnerbench.benchmark.training.run import execute

MARK = ".shared"  # a file in the results folder; a machine that can read it shares the disk
_POST_SECONDS = 0.25  # between two messages


@dataclass(frozen=True)
class FinishedRun:
    """Result that a run sends at its end.

    Attributes:
        record: of the run.
        files: contents of its folder by relative path; empty if the disk is shared.
    """

    record: RunRecord
    files: Mapping[str, bytes]


def results_folder(paths: RunPaths, token: str) -> tuple[Path, bool]:
    """The results folder on this machine, and whether it is on the disk of the process that started the grid."""
    mark = paths.out / MARK
    if mark.is_file() and mark.read_text(encoding="utf-8") == token:
        return paths.out, True
    return Path(tempfile.gettempdir()) / f"mnerbench-{token}", False


class Mailbox:
    """Collects events and posts them in batches; each answer names the runs that are to stop.

    Args:
        post: sends events, returns the identities of runs that are to stop.
    """

    def __init__(self, post: Callable[[list[Event]], set[str]]) -> None:
        self._post = post
        self._events: list[Event] = []
        self._stopped: set[str] = set()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, event: Event) -> None:
        """Queue an event for the next post."""
        with self._lock:
            last = self._events[-1] if self._events else None
            if isinstance(event, StepsDone) and isinstance(last, StepsDone):
                self._events[-1] = StepsDone(event.identity, last.steps + event.steps)
            elif isinstance(event, Evaluated) and isinstance(last, Evaluated):
                self._events[-1] = event
            else:
                self._events.append(event)

    def stopped(self, identity: str) -> bool:
        """Whether a stop of the run was requested."""
        return identity in self._stopped

    def _work(self) -> None:
        while self._open:
            self._flush()
            time.sleep(_POST_SECONDS)

    def _flush(self) -> None:
        with self._lock:
            events, self._events = self._events, []
        self._stopped |= self._post(events)

    def close(self) -> None:
        """Post the remaining events."""
        self._open = False
        self._thread.join()
        self._flush()


def execute_remotely(
    job: Job, paths: RunPaths, token: str, fetch: Callable[[str], Any], mailbox: Mailbox
) -> FinishedRun:
    """Execute a run on this machine for a process on another.

    Args:
        job: the run.
        paths: of the process that started the grid; data that differs on this machine is taken from parcels.
        token: of the results folder.
        fetch: gets a parcel by key.
        mailbox: receives events.
    """
    collect_garbage_rarely()
    spec = job.spec
    out, shared = results_folder(paths, token)
    refs = {ref.name: ref for ref in reversed(spec.datasets)}
    provider = TransferredResources(replace(paths, out=out), refs, fetch)
    mailbox.send(StepsDone(spec.identity))
    record = execute(job, provider, mailbox.send, lambda: mailbox.stopped(spec.identity))
    folder = out / spec.identity
    files = {} if shared else _contents(folder)
    if not shared:
        shutil.rmtree(folder, ignore_errors=True)
    return FinishedRun(record, files)


def _contents(folder: Path) -> dict[str, bytes]:
    """Files of a run except its checkpoint, by relative path."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.name != CHECKPOINT}
