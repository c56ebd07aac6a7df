"""Safe reading of foreign files: with a size limit, and regular files only.

All text files, cards and suites are read here. A folder, a FIFO, a device, an unreadable file and an impossible file
name each raise an error of the caller's kind.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from mnerbench.datasets.errors import DataError, MissingInputError, MnerbenchError
from mnerbench.datasets.untrusted.display import shortened

MOST_BYTES = 4 << 30
_MISSING = (FileNotFoundError, NotADirectoryError)


def read_bytes(path: Path, *, error: type[MnerbenchError] = DataError, most: int = MOST_BYTES) -> bytes:
    """The content of a regular file.

    Args:
        path: the file; links to regular files are followed (see `require_inside` to restrict their targets).
        error: raised if the file exists but cannot be read.
        most: maximal size in bytes.

    Raises:
        MissingInputError: there is no such file, or it is a folder.
        error: it is not a regular file, is too large, is not readable, or its disk fails.
    """
    with open_binary(path, error=error, most=most) as stream:
        return stream.read()


@contextmanager
def open_binary(
    path: Path, *, error: type[MnerbenchError] = DataError, most: int | None = MOST_BYTES
) -> Iterator[BufferedReader]:
    """Open a regular file for reading in chunks; raises as `read_bytes`.

    Any `OSError` raised inside the context counts as a read error, so nothing may be written there.

    Args:
        path: the file.
        error: raised if the file exists but cannot be read.
        most: maximal size in bytes; None if the reader limits itself.
    """
    try:
        with open_regular(path, error=error, most=most) as stream:
            yield stream
    except (OSError, MemoryError) as reason:
        raise error(f"{named(path)}: {why_unreadable(reason)}") from reason


def _require_regular(path: Path, descriptor: int, error: type[MnerbenchError], most: int | None) -> None:
    state = os.fstat(descriptor)
    if stat.S_ISDIR(state.st_mode):
        raise MissingInputError(f"{named(path)}: a folder, not a file\n  -> name the file")
    if not stat.S_ISREG(state.st_mode):
        raise error(f"{named(path)}: not a regular file\n  -> copy its content into one")
    if most is not None and state.st_size > most:
        too_large = f"{state.st_size:,} bytes, more than the {most:,} that such a file may have"
        raise error(f"{named(path)}: {too_large}\n  -> check whether it is the right file")


def why_unreadable(error: BaseException) -> str:
    """The reason of a read error, followed by a line with its remedy."""
    if isinstance(error, PermissionError):
        return "permission denied\n  -> ask its owner, or change its permissions (chmod u+r; a folder needs x too)"
    if isinstance(error, MemoryError):
        return "too large for the memory of this machine\n  -> split it, or use a larger machine"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if getattr(error, "errno", None) == errno.ENAMETOOLONG or isinstance(error, ValueError):
        return f"{text}\n  -> a file's name has up to 255 bytes and no NUL"
    return f"{text}\n  -> check its disk"


def require_inside(root: Path, path: Path, error: type[MnerbenchError]) -> Path:
    """Return a path after checking that it stays inside a folder, despite links and `..`.

    Args:
        root: the folder; may itself be a link.
        path: a path below `root`; need not exist.
        error: the error to raise.

    Raises:
        error: the path leads out of `root`, or cannot be resolved.
    """
    try:
        outside = not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError) as reason:  # cyclic links, a NUL, a name that is too long
        raise error(f"{named(path)}: cannot be followed ({reason})\n  -> move it away") from reason
    if outside:
        raise error(f"{named(path)}: leads out of {named(root)}, by a link or by its name\n  -> move it away")
    return path


def named(path: Path | str) -> str:
    """A path for messages: printable and of bounded length."""
    return shortened(str(path), 400)


def require_regular(path: Path, *, error: type[MnerbenchError] = DataError) -> None:
    """Check that a path, which a library will open, is a readable regular file; raises as `read_bytes`."""
    with open_binary(path, error=error, most=None):
        pass


def sha256_of(path: Path, *, error: type[MnerbenchError] = DataError) -> str:
    """sha256 (hex) of a file's bytes; raises as `read_bytes`."""
    with open_binary(path, error=error, most=None) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def reason_alone(error: MnerbenchError) -> str:
    """The reason of an error of this module without path and remedy, for a message that names the file itself."""
    cause = error.__cause__
    return (isinstance(cause, OSError) and cause.strerror) or str(error).partition("\n")[0]


def open_regular(
    path: Path, *, error: type[MnerbenchError] = DataError, most: int | None = MOST_BYTES
) -> BufferedReader:
    """Open a regular file for reading in chunks. Arguments and errors as in :func:`read_bytes`."""
    try:
        # O_NONBLOCK: do not wait for the writer of a FIFO.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except _MISSING as reason:
        raise MissingInputError(f"{named(path)}: no such file\n  -> check the path and its spelling") from reason
    except IsADirectoryError as reason:
        raise MissingInputError(f"{named(path)}: a folder, not a file\n  -> name the file") from reason
    except (OSError, ValueError) as reason:
        raise error(f"{named(path)}: {why_unreadable(reason)}") from reason
    try:
        _require_regular(path, descriptor, error, most)
        return os.fdopen(descriptor, "rb")
    except OSError as reason:
        os.close(descriptor)
        raise error(f"{named(path)}: {why_unreadable(reason)}") from reason
    except MnerbenchError:
        os.close(descriptor)
        raise
