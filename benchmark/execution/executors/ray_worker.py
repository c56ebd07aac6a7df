"""A run on some machine of a Ray cluster."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnerbench.benchmark.execution.executors.transfer_data import Delivered
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.events import Event, StepsDone
from mnerbench.benchmark.training.run import execute

MARK = ".shared"  # a file in the results folder, by which a machine knows that it has the same disk
_EVERY = 0.25  # seconds between two messages


@dataclass(frozen=True)
class Ended:
    """What a run sends at its end.

    Attributes:
        record: to become the run's record.
        files: of its folder, by relative path, when the disk is not shared; else none.
    """

    record: RunRecord
    files: Mapping[str, bytes]


def results_folder(places: RunPaths, token: str) -> tuple[Path, bool]:
    """Where this machine puts results, and whether that is the disk of whoever started the grid."""
    seen = places.out / MARK
    if seen.is_file() and seen.read_text(encoding="utf-8") == token:
        return places.out, True
    return Path(tempfile.gettempdir()) / f"mnerbench-{token}", False


class Mailbox:
    """Collects events and posts them together; learns in the answers which runs are asked to end.

    Args:
        post: sends events, returns the identities of runs that are to end.
    """

    def __init__(self, post: Callable[[list[Event]], set[str]]) -> None:
        self._post = post
        self._events: list[Event] = []
        self._stopped: set[str] = set()
        self._lock = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def tell(self, event: Event) -> None:
        """Post an event soon."""
        with self._lock:
            last = self._events[-1] if self._events else None
            if isinstance(event, StepsDone) and isinstance(last, StepsDone):
                self._events[-1] = StepsDone(event.identity, last.steps + event.steps)
            else:
                self._events.append(event)

    def stopped(self, identity: str) -> bool:
        """Whether a run is asked to end."""
        return identity in self._stopped

    def _work(self) -> None:
        while self._open:
            self._flush()
            time.sleep(_EVERY)

    def _flush(self) -> None:
        with self._lock:
            events, self._events = self._events, []
        self._stopped |= self._post(events)

    def close(self) -> None:
        """Post what is left."""
        self._open = False
        self._thread.join()
        self._flush()


def do(job: Job, places: RunPaths, token: str, fetch: Callable[[str], Any], box: Mailbox) -> Ended:
    """Do a run.

    Args:
        job: the run.
        places: of whoever started the grid; what is not the same here is taken from parcels.
        token: of the results folder.
        fetch: gets a parcel.
        box: gets events.
    """
    spec = job.spec
    out, shared = results_folder(places, token)
    refs = {ref.name: ref for ref in (*spec.transfer, spec.dataset)}
    supplies = Delivered(replace(places, out=out), refs, fetch)
    box.tell(StepsDone(spec.identity))
    record = execute(job, supplies, box.tell, lambda: box.stopped(spec.identity))
    folder = out / spec.identity
    files = {} if shared else _content(folder)
    if not shared:
        shutil.rmtree(folder, ignore_errors=True)
    return Ended(record, files)


def _content(folder: Path) -> dict[str, bytes]:
    """Files of a run, its checkpoint too when it was interrupted."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.name != CHECKPOINT}
