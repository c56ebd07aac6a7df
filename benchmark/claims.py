"""Which process does which run: one lock per run, so that several invocations share a folder."""

from __future__ import annotations

from filelock import FileLock, Timeout

from mnerbench.benchmark.records import RunStore

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
        """Whether the run is ours now; False when another process holds it."""
        folder = self._store.folder(identity)
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
        self._held[identity] = lock
        return True

    def is_held(self, identity: str) -> bool:
        """Whether any process does the run now; makes no files."""
        place = self._store.folder(identity) / _LOCK
        if identity in self._held or not place.exists():
            return identity in self._held
        try:
            with FileLock(place).acquire(blocking=False):
                return False
        except Timeout:
            return True

    def release(self, identity: str) -> None:
        """Let others have it."""
        self._held.pop(identity).release()

    def release_all(self) -> None:
        """Let others have everything."""
        for identity in list(self._held):
            self.release(identity)
