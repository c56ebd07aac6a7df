"""Files that somebody else may have made: read whole, with a bound, and never anything but a regular file.

Text files, cards and suites are read here. A folder, a FIFO, a device, a file without permission and a name that no
file can have each become one named error of the caller's kind.
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
        path: the file; a link to a regular file is followed (see `require_inside` for where it may lead).
        error: raised where the file is there and cannot be read.
        most: bytes that it may have.

    Raises:
        MissingInputError: there is no such file, or it is a folder.
        error: it is no regular file, is too large, may not be read, or its disk fails.
    """
    with open_binary(path, error=error, most=most) as stream:
        return stream.read()


@contextmanager
def open_binary(
    path: Path, *, error: type[MnerbenchError] = DataError, most: int | None = MOST_BYTES
) -> Iterator[BufferedReader]:
    """A regular file, open for reading in pieces; arguments and errors as in `read_bytes`.

    An operating system's error inside of the context is taken for one of reading: write nothing there.

    Args:
        path: the file.
        error: raised where the file is there and cannot be read.
        most: bytes that it may have; None for a file whose reader has a bound of its own.
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
        raise error(f"{named(path)}: {too_large}\n  -> see whether it is the right file")


def why_unreadable(error: BaseException) -> str:
    """What an operating system's error means, and on a second line what to do about it."""
    if isinstance(error, PermissionError):
        return "permission denied\n  -> ask its owner, or change its permissions (chmod u+r; a folder needs x too)"
    if isinstance(error, MemoryError):
        return "too large for the memory of this machine\n  -> split it, or use a larger machine"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if getattr(error, "errno", None) == errno.ENAMETOOLONG or isinstance(error, ValueError):
        return f"{text}\n  -> a file's name has up to 255 bytes and no NUL"
    return f"{text}\n  -> see whether its disk is there and in order"


def require_inside(root: Path, path: Path, error: type[MnerbenchError]) -> Path:
    """Return a path after making sure that it leads nowhere else, by links or by `..`.

    Args:
        root: the folder that it must not leave. It may itself be a link.
        path: below `root`; need not exist.
        error: what to raise.

    Raises:
        error: the path leads out of `root`, or cannot be followed.
    """
    try:
        outside = not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError) as reason:  # links in a circle, a NUL, a name that is too long
        raise error(f"{named(path)}: cannot be followed ({reason})\n  -> move it away") from reason
    if outside:
        raise error(f"{named(path)}: leads out of {named(root)}, by a link or by its name\n  -> move it away")
    return path


def named(path: Path | str) -> str:
    """A path as messages write it: nothing in it that moves a terminal's cursor, and not without an end."""
    return shortened(str(path), 400)


def require_regular(path: Path, *, error: type[MnerbenchError] = DataError) -> None:
    """Make sure that a library that opens a path by itself meets a regular file; errors as in `read_bytes`."""
    with open_binary(path, error=error, most=None):
        pass


def sha256_of(path: Path, *, error: type[MnerbenchError] = DataError) -> str:
    """sha256 (hex) of a file's bytes; errors as in `read_bytes`."""
    with open_binary(path, error=error, most=None) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def reason_alone(error: MnerbenchError) -> str:
    """The reason alone of an error of this module, for a message that names the file itself."""
    cause = error.__cause__
    return (isinstance(cause, OSError) and cause.strerror) or str(error).partition("\n")[0]


def open_regular(
    path: Path, *, error: type[MnerbenchError] = DataError, most: int | None = MOST_BYTES
) -> BufferedReader:
    """A regular file, open to be read in pieces. Arguments and errors as in :func:`read_bytes`."""
    try:
        # Without waiting for whoever is to write into a FIFO.
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
