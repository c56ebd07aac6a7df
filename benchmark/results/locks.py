"""Which process does which run: one lock per run, so that several invocations share a folder."""

from __future__ import annotations

from contextlib import suppress

from filelock import FileLock, Timeout

from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.write_errors import cannot_write

_LOCK = ".lock"


class Claims:
    """The runs that this process holds. The system frees them all when the process ends, however it ends.

    Args:
        store: the results folder; locks lie in the folders of runs.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._held: dict[str, FileLock] = {}

    def take(self, identity: str) -> bool:
        """Whether the run is ours now; False when another process holds it.

        Raises:
            StoreError: a link leads out of the results folder.
            DiskError: the lock cannot be written.
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
        """Whether any process does the run now, as far as that can be known; makes no files."""
        if identity in self._held:
            return True
        with suppress(StoreError, OSError):  # a folder that leads elsewhere, or that we may not write, is not ours
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
        """Let others have it."""
        self._held.pop(identity).release()

    def release_all(self) -> None:
        """Let others have everything."""
        for identity in list(self._held):
            self.release(identity)
