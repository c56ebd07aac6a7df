"""Lock files; the operating system releases them when the holding process ends, even if it is killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable

_POLL = 0.01  # seconds between attempts to acquire a lock that another process holds


@contextmanager
def locked(path: Path, timeout: float = -1) -> Iterator[None]:
    """Hold a lock file, waiting for other holders first. Not reentrant: nested use in one process deadlocks.

    Args:
        path: the lock file; created if missing, and never deleted.
        timeout: seconds to wait; negative means without limit.

    Raises:
        StoreError: The path is a link, or the file cannot be created.
        TimeoutError: Another process held the lock until the timeout.
    """
    lock = _lock_file(path)
    if not _acquire(lock, path, timeout):
        raise TimeoutError(f"{named(path)}: another process held it for {timeout:.0f} s")
    try:
        yield
    finally:
        lock.release()


def try_lock(path: Path) -> FileLock | None:
    """Acquire a lock file without waiting; None if another process holds it.

    Raises:
        StoreError: The path is a link, or the file cannot be created.
    """
    lock = _lock_file(path)
    return lock if _acquire(lock, path, 0) else None


def is_held(path: Path) -> bool:
    """Whether any process holds a lock file; never creates the file."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        lock = try_lock(path)
    except StoreError:
        return False
    if lock is not None:
        lock.release()
    return lock is None


def _lock_file(path: Path) -> FileLock:
    # Older versions of filelock truncate the target of a link.
    if path.is_symlink():
        raise StoreError(f"{named(path)}: a link in place of a lock file\n  -> delete the link")
    return FileLock(path)


def _acquire(lock: FileLock, path: Path, timeout: float) -> bool:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)  # older versions of filelock do not
        lock.acquire(timeout=timeout, poll_interval=_POLL)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        raise StoreError(f"{named(path)}: cannot be locked: {why_unreadable(error)}") from error
    return True
