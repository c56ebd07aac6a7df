"""Registry of the `tune` processes that work on a search: each holds a lock file while it is alive."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mnerbench.benchmark.results.lock_files import is_held, locked, try_lock
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import require_inside
from mnerbench.datasets.untrusted.names import is_identity

_FOLDER, _MUTEX = "processes", ".turn.lock"


def is_alive(folder: Path, token: str) -> bool:
    """Whether the process of a token is alive.

    Args:
        folder: of the search.
        token: with which the process signs its trials.
    """
    return is_identity(token) and is_held(folder / _FOLDER / f"{token}.lock")


class Processes:
    """Registers this process among those that work on a search's folder; use it as a context manager.

    Args:
        folder: of the search.

    Attributes:
        token: signs this process's trials: 16 hexadecimal digits.

    Raises:
        StoreError: lock files cannot be created there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self.token = folder, uuid.uuid4().hex[:16]
        self._locks = folder / _FOLDER
        require_inside(folder, self._locks, StoreError)
        self._locks.mkdir(parents=True, exist_ok=True)
        with self.turn():  # so that no other process deletes the file before it is locked
            self._sweep()
            self._lock = try_lock(self._path(self.token))

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()
        with suppress(OSError):
            self._path(self.token).unlink(missing_ok=True)

    def is_alive(self, token: str) -> bool:
        """Whether a process of this folder is alive; this one is."""
        return token == self.token or is_alive(self._folder, token)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the folder's mutex, without which no process draws trials or takes them over."""
        with locked(self._folder / _MUTEX):
            yield

    def _path(self, token: str) -> Path:
        return self._locks / f"{token}.lock"

    def _sweep(self) -> None:
        """Delete the lock files of killed processes."""
        for path in self._locks.glob("*.lock"):
            if not is_held(path):
                with suppress(OSError):
                    path.unlink()
