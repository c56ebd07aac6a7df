"""MLflow beside a grid: gets every record, and never holds the grid up when its server is slow, down, or back again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.address import address_of
from mnerbench.benchmark.tracking.mlflow import MlflowTracker, described, open_tracker, why_refused
from mnerbench.datasets.errors import StoreError

log = logging.getLogger(__name__)

_PAUSE, _LONGEST = 60.0, 600.0  # seconds until a server that failed is tried again; doubled each time
_AFTER_IMPORTS = 10.0  # seconds until MLflow is opened, if no run has ended before
_ENOUGH = 2  # failures in a row after which it is the server, not the record


class BackgroundTracker:
    """What MLflow is still to get. Only names are kept: the records are on disk.

    Args:
        store: where the records are.
        suite: parent run of what is logged.
        home: the results folder, where that is another one.
        now: a clock, in seconds.
    """

    def __init__(
        self, store: RunStore, suite: str, home: Path | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._suite, self._home, self._now = store, suite, home or store.root, now
        self._tracker: MlflowTracker | None = None
        self._pending: dict[str, None] = {}
        self._refused: set[str] = set()
        self._closed = False  # the store takes nothing, also later
        self._until, self._pause = 0.0, _PAUSE

    @property
    def pending(self) -> int:
        """Records that MLflow does not have."""
        return len(self._pending) + len(self._refused)

    def log(self, identity: str) -> None:
        """Log a record, and all that could not be logged before; while the server is avoided, remember it."""
        self._pending[identity] = None
        if self._now() >= self._until:
            self.catch_up()

    def get_ready(self) -> None:
        """Open MLflow before there is anything to log, which takes seconds. A dead server is avoided a while."""
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 - as below
            self._warn(error)
            self._until = self._now() + self._pause

    def catch_up(self) -> None:
        """Try everything that is pending; a failure is a warning. A record that MLflow refuses is not tried again."""
        failures = 0
        for identity in list(self._pending) if not self._closed else ():
            try:
                self._log(identity)
            except Exception as error:  # noqa: BLE001 - whatever a tracking server does, the runs go on
                if self._tracker is not None and (reason := why_refused(error)) is not None:
                    self._refuse(identity, reason)
                    continue
                self._warn(error)
                failures += 1
                if failures >= _ENOUGH or self._tracker is None:
                    break
            else:
                failures = 0
                del self._pending[identity]
        if failures:
            self._until = self._now() + self._pause
            self._pause = min(2 * self._pause, _LONGEST)
        else:
            self._pause = _PAUSE

    def _open(self) -> MlflowTracker:
        if self._tracker is None:
            self._tracker = open_tracker(self._home, self._suite)
        return self._tracker

    def _log(self, identity: str) -> None:
        tracker, record = self._open(), self._store.record(identity)
        if record is not None:
            tracker.log(record, self._store.folder(identity))

    def _refuse(self, identity: str, reason: str) -> None:
        del self._pending[identity]
        self._refused.add(identity)
        log.warning("MLflow does not take the record %s: %s; all others are logged", identity, reason)

    def _warn(self, error: Exception) -> None:
        address, reason = address_of(self._home).shown, described(error)
        if isinstance(error, StoreError) and self._tracker is None:
            if not self._closed:
                log.warning("nothing is logged to MLflow: %s\nthe records are kept: `benchmark sync` fills it", reason)
            self._closed = True
            return
        log.warning("MLflow at %s: %s; nothing is lost: `benchmark sync` fills it from the records", address, reason)


@contextmanager
def logging_aside(
    book: BackgroundTracker, early_after: float = _AFTER_IMPORTS
) -> Iterator[Callable[[RunRecord], None]]:
    """What takes records and returns at once; they are logged by a thread, and all tried once more at the end."""
    with ThreadPoolExecutor(1, "mlflow") as thread:

        def note(record: RunRecord) -> None:
            thread.submit(book.log, record.identity)

        # Not at once: the first run imports torch meanwhile, and two imports at a time are no quicker.
        early = Timer(early_after, lambda: thread.submit(book.get_ready))
        early.daemon = True
        early.start()
        try:
            yield note
        finally:
            early.cancel()
            early.join()
        thread.submit(book.catch_up)
