"""Logs records to MLflow in the background, so that a slow or failing server never delays a grid."""

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
from mnerbench.benchmark.tracking.mlflow import MlflowTracker, error_text, open_tracker, refusal_reason
from mnerbench.datasets.errors import StoreError

log = logging.getLogger(__name__)

_PAUSE, _MAX_PAUSE = 60.0, 600.0  # seconds until a failed server is tried again; doubled each time
_AFTER_IMPORTS = 10.0  # seconds until MLflow is opened if no run has ended by then
_MAX_FAILURES = 2  # consecutive failures after which the server is at fault, not the record


class BackgroundTracker:
    """Logs records to MLflow and remembers the identities of those that are pending; the records stay on disk.

    Args:
        store: the folder of the records.
        suite: parent run of the logged runs.
        home: the results folder whose MLflow store is used, if it is not `store`.
        now: a clock, in seconds.
    """

    def __init__(
        self, store: RunStore, suite: str, home: Path | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._suite, self._home, self._now = store, suite, home or store.root, now
        self._tracker: MlflowTracker | None = None
        self._pending: dict[str, None] = {}
        self._refused: set[str] = set()
        self._closed = False  # the store is unusable for good
        self._paused_until, self._pause = 0.0, _PAUSE

    @property
    def pending(self) -> int:
        """Number of records that MLflow does not have."""
        return len(self._pending) + len(self._refused)

    def log(self, identity: str) -> None:
        """Log a record and all pending ones; during a pause after failures, only remember it."""
        self._pending[identity] = None
        if self._now() >= self._paused_until:
            self.catch_up()

    def get_ready(self) -> None:
        """Open MLflow ahead of the first record, which takes seconds. A failing server causes a pause."""
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 - as below
            self._warn(error)
            self._paused_until = self._now() + self._pause

    def catch_up(self) -> None:
        """Try to log all pending records; failures are warnings. A record that MLflow rejects is not tried again."""
        failures = 0
        for identity in list(self._pending) if not self._closed else ():
            try:
                self._log(identity)
            except Exception as error:  # noqa: BLE001 - no tracking error may stop the runs
                if self._tracker is not None and (reason := refusal_reason(error)) is not None:
                    self._refuse(identity, reason)
                    continue
                self._warn(error)
                failures += 1
                if failures >= _MAX_FAILURES or self._tracker is None:
                    break
            else:
                failures = 0
                del self._pending[identity]
        if failures:
            self._paused_until = self._now() + self._pause
            self._pause = min(2 * self._pause, _MAX_PAUSE)
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
        log.warning("MLflow rejects the record %s: %s; the others are logged", identity, reason)

    def _warn(self, error: Exception) -> None:
        address, reason = address_of(self._home).display_uri, error_text(error)
        if isinstance(error, StoreError) and self._tracker is None:
            if not self._closed:
                log.warning("nothing is logged to MLflow: %s\n`benchmark sync` can log the records later", reason)
            self._closed = True
            return
        log.warning("MLflow at %s: %s; nothing is lost: `benchmark sync` logs all records", address, reason)


@contextmanager
def background_logging(
    tracker: BackgroundTracker, open_after: float = _AFTER_IMPORTS
) -> Iterator[Callable[[RunRecord], None]]:
    """Yield a function that queues a record and returns at once.

    A thread logs the records; at the end, all pending ones are tried once more.

    Args:
        tracker: logs the records.
        open_after: seconds until MLflow is opened if no run has ended by then.
    """
    with ThreadPoolExecutor(1, "mlflow") as thread:

        def note(record: RunRecord) -> None:
            thread.submit(tracker.log, record.identity)

        # Delayed, because the first run imports torch and concurrent imports slow each other down.
        opening = Timer(open_after, lambda: thread.submit(tracker.get_ready))
        opening.daemon = True
        opening.start()
        try:
            yield note
        finally:
            opening.cancel()
            opening.join()
        thread.submit(tracker.catch_up)
