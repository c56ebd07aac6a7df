"""Why a file could not be written, with the remedy of that very reason: a full disk is not a forbidden folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.untrusted.files import named

_ELSEWHERE = "or choose another place"
_REMEDIES = {
    errno.ENOSPC: f"free some space {_ELSEWHERE}",
    errno.EDQUOT: f"free some space, ask for a larger quota, {_ELSEWHERE}",
    errno.EACCES: f"change the permissions (chmod u+w; of its folder u+wx), {_ELSEWHERE}",
    errno.EPERM: f"change the permissions (chmod u+w; of its folder u+wx), {_ELSEWHERE}",
    errno.EROFS: f"this file system can only be read: mount it for writing, {_ELSEWHERE}",
    errno.ENAMETOOLONG: f"a file's name has up to 255 bytes: give it a shorter one, {_ELSEWHERE}",
    errno.EFBIG: f"such a file is too large for this file system: {_ELSEWHERE.removeprefix('or ')}",
    errno.EMFILE: "close other programs, or allow more open files (ulimit -n)",
    errno.ENFILE: "close other programs, or allow more open files (ulimit -n)",
}
_REMEDIES |= dict.fromkeys(
    (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY),
    f"something else has this name: move it away, {_ELSEWHERE}",
)
_UNKNOWN = f"see whether its disk is there and in order, {_ELSEWHERE}"


def cannot_write(path: Path, error: BaseException) -> DiskError:
    """The error to raise for a file that could not be written.

    Args:
        path: the file.
        error: what the operating system, or a library that wrote, said.
    """
    number = _number(error)
    reason = os.strerror(number) if number is not None else str(error) or type(error).__name__
    if number is None and isinstance(error, ValueError):
        number = errno.ENAMETOOLONG  # a NUL in its name
    remedy = _REMEDIES.get(number, _UNKNOWN) if number is not None else _UNKNOWN
    return DiskError(f"{named(path)}: cannot be written ({reason})\n  -> {remedy}")


def _number(error: BaseException) -> int | None:
    """The error number, also of an error that a library raised because of one."""
    while True:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        cause = error.__cause__ or error.__context__
        if cause is None:
            return None
        error = cause
