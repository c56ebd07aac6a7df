"""Errors for files that cannot be written, with a remedy for each reason."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.untrusted.files import named

_PERMIT = "change the permissions (chmod u+w; of its folder u+wx)"
# Each is followed by ", or ELSEWHERE".
_REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space, ask for a larger quota",
    errno.EACCES: _PERMIT,
    errno.EPERM: _PERMIT,
    errno.EROFS: "mount this file system for writing",
    errno.ENAMETOOLONG: "give it a shorter name (a file's name has up to 255 bytes)",
    errno.EFBIG: "use a file system with larger files",
    errno.EMFILE: "close other programs, allow more open files (ulimit -n)",
    errno.ENFILE: "close other programs, allow more open files (ulimit -n)",
}
_REMEDIES |= dict.fromkeys(
    (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY), "move away what else has this name"
)
ANOTHER_FOLDER = "choose another folder with --data DIR"
_UNKNOWN = "check its disk"


def cannot_write(path: Path, error: BaseException, elsewhere: str = "choose another place") -> DiskError:
    """The error to raise for a file that could not be written.

    Args:
        path: the file.
        error: the error of the operating system, or of a library that wrote the file.
        elsewhere: how the user chooses another location.
    """
    number = _number(error)
    reason = os.strerror(number) if number is not None else str(error) or type(error).__name__
    if number is None and isinstance(error, ValueError):
        number = errno.ENAMETOOLONG  # a NUL in its name
    remedy = _REMEDIES.get(number, _UNKNOWN) if number is not None else _UNKNOWN
    return DiskError(f"{named(path)}: cannot be written ({reason})\n  -> {remedy}, or {elsewhere}")


def _number(error: BaseException) -> int | None:
    """The error number of an error, or of the error that caused it."""
    while True:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        cause = error.__cause__ or error.__context__
        if cause is None:
            return None
        error = cause
