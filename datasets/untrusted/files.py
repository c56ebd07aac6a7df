"""Files that somebody else may have made: read whole, with a bound, and never anything but a regular file.

Text files, cards and suites are read here. A folder, a FIFO, a device, a file without permission and a name that no
file can have each become one named error of the caller's kind.
"""

from __future__ import annotations

import errno
import os
import stat
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
    try:
        # Without waiting for whoever is to write into a FIFO.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except _MISSING as reason:
        raise MissingInputError(f"{named(path)}: no such file\n  -> check the path and its spelling") from reason
    except (OSError, ValueError) as reason:
        raise error(f"{named(path)}: {why_unreadable(reason)}") from reason
    try:
        _require_regular(path, descriptor, error, most)
        # Not `os.fdopen`, which closes the descriptor of a folder and raises.
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    except (OSError, MemoryError) as reason:
        raise error(f"{named(path)}: {why_unreadable(reason)}") from reason
    finally:
        os.close(descriptor)


def _require_regular(path: Path, descriptor: int, error: type[MnerbenchError], most: int) -> None:
    state = os.fstat(descriptor)
    if stat.S_ISDIR(state.st_mode):
        raise MissingInputError(f"{named(path)}: a folder, not a file\n  -> name the file")
    if not stat.S_ISREG(state.st_mode):
        raise error(f"{named(path)}: not a regular file\n  -> copy its content into one")
    if state.st_size > most:
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
