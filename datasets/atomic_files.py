"""Files that appear under their name whole, or not at all: written beside it, flushed to disk, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from mnerbench.datasets.write_errors import cannot_write


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content replaces a file when the context ends, and is dropped when it ends in an error.

    Its folder is made where it is not there. An operating system's error inside of the context is taken for one of
    writing.

    Raises:
        DiskError: it cannot be written; says why.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with open(partial, "wb", opener=_not_through_a_link) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    finally:
        # Gone after the rename; still there when writing failed or was interrupted.
        with suppress(OSError, ValueError):
            partial.unlink(missing_ok=True)


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing; errors as in `atomic_file`."""
    with atomic_file(path) as stream:
        stream.write(content)


def write_atomically(path: Path, text: str) -> None:
    """Write a whole text file, in UTF-8, or nothing; errors as in `atomic_file`."""
    write_bytes_atomically(path, text.encode("utf-8"))


def _not_through_a_link(path: str, flags: int) -> int:
    """Somebody who can guess the name of a partial file may have laid a link there."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
