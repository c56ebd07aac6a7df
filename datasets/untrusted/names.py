"""Checks of names that become parts of paths: a restricted alphabet keeps them inside their folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from mnerbench.datasets.errors import ConfigError, MnerbenchError
from mnerbench.datasets.untrusted.display import has_lone_surrogate, one_line

MOST_CHARACTERS = 100  # leaves room for ids, suffixes and temporary names within 255 bytes
_COMPONENT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._+@-]{{0,{MOST_CHARACTERS - 1}}}")
_IDENTITY = re.compile(r"[0-9a-f]{16}")

# For pydantic models. Rust's `$` matches only the end of the text.
SafeName = Annotated[str, StringConstraints(pattern=rf"^{_COMPONENT.pattern}$")]
Identity = Annotated[str, StringConstraints(pattern=rf"^{_IDENTITY.pattern}$")]


def is_safe_name(name: str) -> bool:
    """Whether a name is safe as one part of a path: up to 100 ASCII letters, digits and `._+@-`, no leading symbol.

    `..` and names with a slash, a space or a NUL are not safe.
    """
    return _COMPONENT.fullmatch(name) is not None


def is_identity(name: str) -> bool:
    """Whether a name is a run identity: 16 hexadecimal digits."""
    return _IDENTITY.fullmatch(name) is not None


_MOST_BYTES = 255  # of one part of a path, on every usual file system
_MOST_PATH_BYTES = 3800  # of a whole path; systems allow 4,095, and a run's files need the rest


def path_fault(text: str) -> str | None:
    """Why a name or path is impossible for a file; None if it is possible.

    Checked here, since the calls of operating systems reject such names in many different ways.

    Args:
        text: a name, or a path with folders.
    """
    if not text:
        return "is empty"
    if "\0" in text:
        return "holds a NUL"
    if has_lone_surrogate(text):
        return "is not UTF-8"
    if len(os.fsencode(text)) > _MOST_PATH_BYTES:
        return f"is a path of more than {_MOST_PATH_BYTES:,} bytes"
    if any(len(os.fsencode(part)) > _MOST_BYTES for part in text.replace("\\", "/").split("/")):
        return f"has a part of more than {_MOST_BYTES} bytes, which no file's name can have"
    return None


def require_possible(text: str, what: str, *, error: type[MnerbenchError] = ConfigError) -> str:
    """Return a name or path after checking that it is possible for a file.

    Args:
        text: a name or a path.
        what: what it is, for the message: `--out`.
        error: the error to raise.

    Raises:
        error: it is not possible.
    """
    if (fault := path_fault(text)) is not None:
        remedy = "give a name of up to 255 bytes between slashes, in UTF-8 and without NUL"
        raise error(f"{what} {one_line(repr(text), 80)} {fault}\n  -> {remedy}")
    return text


def require_possible_path(path: Path, what: str, *, error: type[MnerbenchError] = ConfigError) -> Path:
    """Return a path after checking that it is possible; see `require_possible`."""
    require_possible(str(path), what, error=error)
    return path


def _possible(text: str) -> str:
    if (fault := path_fault(text)) is not None:
        raise ValueError(f"{one_line(repr(text), 80)} {fault}")
    return text


# For pydantic models: a name or a path.
PossiblePath = Annotated[str, AfterValidator(_possible)]


def _short(text: str) -> str:
    if len(text) > MOST_CHARACTERS or "\0" in text or has_lone_surrogate(text):
        raise ValueError(f"give a name of up to {MOST_CHARACTERS} characters, without NUL")
    return text


# A name chosen by a user, such as that of a variant: appears in tables and records, never in a path.
ShortName = Annotated[str, AfterValidator(_short)]
