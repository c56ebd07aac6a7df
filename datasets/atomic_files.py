"""Atomic file writes: to a temporary file in the same folder, flushed to disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mnerbench.datasets.write_errors import cannot_write


@contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a stream whose content replaces `path` when the context ends, and is discarded when it ends in an error.

    The parent folder is created if needed. Any `OSError` raised inside the context counts as a write error.

    Args:
        path: the file.
        durable: flush to disk, so that a power cut leaves the old or the new content. Without, the file may be empty
            after one; readers never see a part of it either way.

    Raises:
        DiskError: the file cannot be written (with the reason).
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with open(partial, "wb", opener=_open_without_links) as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        partial.replace(path)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    finally:
        # The rename removes the temporary file; it remains if writing failed or was interrupted.
        with suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)


def write_bytes_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a whole file or nothing; arguments and errors as in `atomic_file`."""
    with atomic_file(path, durable=durable) as stream:
        stream.write(content)


def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a whole text file, in UTF-8, or nothing; arguments and errors as in `atomic_file`."""
    write_bytes_atomically(path, text.encode("utf-8"), durable=durable)


def _open_without_links(path: str, flags: int) -> int:
    """Open without following a symbolic link: an attacker may guess the temporary name and plant a link there."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
