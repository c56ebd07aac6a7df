"""One lock per run, so that several processes can share a results folder."""

from __future__ import annotations

from contextlib import suppress

from filelock import FileLock, Timeout

from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.write_errors import cannot_write

_LOCK = ".lock"


class RunLocks:
    """The run locks of this process. The system releases them when the process ends, even if it is killed.

    Args:
        store: the results folder; the lock of a run is in its folder.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._held: dict[str, FileLock] = {}

    def acquire(self, identity: str) -> bool:
        """Lock a run; False if another process holds its lock.

        Raises:
            StoreError: A link leads out of the results folder.
            DiskError: The lock cannot be written.
        """
        self._store.folder(identity)
        path = self._store.path(identity, _LOCK)
        lock = FileLock(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            raise cannot_write(path, error) from error
        self._held[identity] = lock
        return True

    def is_held(self, identity: str) -> bool:
        """Whether any process holds the lock of a run, as far as can be determined; creates no files."""
        if identity in self._held:
            return True
        with suppress(StoreError, OSError):  # a folder outside, or without write permission: not locked
            path = self._store.path(identity, _LOCK)
            if not path.is_file():
                return False
            try:
                with FileLock(path).acquire(blocking=False):
                    return False
            except Timeout:
                return True
        return False

    def release(self, identity: str) -> None:
        """Release the lock of a run."""
        self._held.pop(identity).release()

    def release_all(self) -> None:
        """Release all locks."""
        for identity in list(self._held):
            self.release(identity)
