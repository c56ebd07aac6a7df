"""Checks of free disk space before long downloads."""

from __future__ import annotations

import shutil
from pathlib import Path

from mnerbench.datasets.errors import DiskError

# Bytes that must stay free: other programs write too, and file systems have overhead.
_RESERVE = 64 << 20


def require_space(folder: Path, size: int) -> None:
    """Check that a file system has enough free space.

    Args:
        folder: the folder to be written; need not exist yet.
        size: bytes to be written.

    Raises:
        DiskError: there is not enough space.
    """
    if size <= 0:
        return
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if size + _RESERVE > free:
        reason = f"not enough space: {readable_size(size)} are to be written, {readable_size(free)} are free"
        raise DiskError(f"{folder}: {reason}\n  -> make room, or choose another folder with --data DIR")


def readable_size(size: int) -> str:
    """A number of bytes in decimal units: `605 MB`."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            amount = size / step
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"
    return f"{size} bytes"
