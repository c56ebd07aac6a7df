"""Files that a command creates for the user, and never over another one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.write_errors import cannot_write


def require_new(path: Path, remedy: str) -> None:
    """Raise if something has this path, also a broken link.

    Raises:
        ConfigError: see above; the message ends with the remedy.
    """
    if os.path.lexists(path):
        raise ConfigError(f"{named(path)} exists, and is not overwritten\n  -> {remedy}")


def write_new_file(path: Path, text: str, remedy: str) -> None:
    """Write a text file, in UTF-8, that did not exist; the folder is created if needed.

    Args:
        path: the file.
        text: its content.
        remedy: what the user can do if it exists.

    Raises:
        ConfigError: the file exists.
        DiskError: it cannot be written; no part of it is left.
    """
    require_new(path, remedy)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Exclusively: another process may have created the file since the check.
        stream = path.open("x", encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        require_new(path, remedy)
        raise cannot_write(path, error) from error
    try:
        with stream:
            stream.write(text)
    except (OSError, ValueError) as error:
        with suppress(OSError):
            path.unlink()
        raise cannot_write(path, error) from error
