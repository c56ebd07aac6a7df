"""Lock files: the operating system frees them when the process that holds them ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable

_POLL = 0.01  # seconds between two tries for a lock that another process holds


@contextmanager
def locked(path: Path, patience: float = -1) -> Iterator[None]:
    """Hold a lock file, after waiting for whoever holds it.

    Args:
        path: of the file, which is made, and stays. Not to be nested: a process waits for itself.
        patience: seconds to wait; negative for ever.

    Raises:
        StoreError: it is a link, or cannot be made.
        TimeoutError: another process held it for so long.
    """
    lock = _lock_file(path)
    if not _acquire(lock, path, patience):
        raise TimeoutError(f"{named(path)}: another process held it for {patience:.0f} s")
    try:
        yield
    finally:
        lock.release()


def hold(path: Path) -> FileLock | None:
    """Take a lock file until it is released or the process ends; None while another process holds it.

    Raises:
        StoreError: it is a link, or cannot be made.
    """
    lock = _lock_file(path)
    return lock if _acquire(lock, path, 0) else None


def is_held(path: Path) -> bool:
    """Whether a process holds a lock file; makes none."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        lock = hold(path)
    except StoreError:
        return False
    if lock is not None:
        lock.release()
    return lock is None


def _lock_file(path: Path) -> FileLock:
    # Older versions of filelock empty the file that a link leads to.
    if path.is_symlink():
        raise StoreError(f"{named(path)}: a link in place of a lock file\n  -> delete the link")
    return FileLock(path)


def _acquire(lock: FileLock, path: Path, patience: float) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # older versions of filelock do not
        lock.acquire(timeout=patience, poll_interval=_POLL)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        raise StoreError(f"{named(path)}: cannot be locked: {why_unreadable(error)}") from error
    return True
