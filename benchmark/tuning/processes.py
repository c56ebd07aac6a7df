"""Which `tune` processes work on a search now: each holds a lock file for as long as it lives."""

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
    """Whether the process of a token still works.

    Args:
        folder: of the search.
        token: that the process signs its trials with.
    """
    return is_identity(token) and is_held(folder / _FOLDER / f"{token}.lock")


class Processes:
    """This process among those that work on a search's folder; use it as a context manager.

    Args:
        folder: of the search.

    Attributes:
        token: signs this process's trials: 16 hexadecimal digits.

    Raises:
        StoreError: lock files cannot be made there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self.token = folder, uuid.uuid4().hex[:16]
        self._locks = folder / _FOLDER
        require_inside(folder, self._locks, StoreError)
        self._locks.mkdir(parents=True, exist_ok=True)
        with self.turn():  # nobody sweeps between the making of the file and its lock
            self._sweep()
            self._held = try_lock(self._path(self.token))

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            self._held.release()
        with suppress(OSError):
            self._path(self.token).unlink(missing_ok=True)

    def is_alive(self, token: str) -> bool:
        """Whether a process of this folder still works; this one does."""
        return token == self.token or is_alive(self._folder, token)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While it is this process's turn, no other one of the folder asks for trials or takes them over."""
        with locked(self._folder / _MUTEX):
            yield

    def _path(self, token: str) -> Path:
        return self._locks / f"{token}.lock"

    def _sweep(self) -> None:
        """Delete what killed processes left."""
        for path in self._locks.glob("*.lock"):
            if not is_held(path):
                with suppress(OSError):
                    path.unlink()
