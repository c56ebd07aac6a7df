"""A lock between processes that says so when it has to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def waiting_lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file; its folder is made when absent.

    Args:
        path: of the lock file.
        waiting: called when another process holds it, before waiting for it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
