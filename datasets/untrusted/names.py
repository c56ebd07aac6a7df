"""Names that become parts of paths: from closed alphabets, so that none of them leads out of its folder."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from mnerbench.datasets.errors import ConfigError, MnerbenchError
from mnerbench.datasets.untrusted.display import has_lone_surrogate, one_line

MOST_CHARACTERS = 100  # ids, suffixes and a temporary name's additions fit into 255 bytes beside it
_COMPONENT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._+@-]{{0,{MOST_CHARACTERS - 1}}}")
_IDENTITY = re.compile(r"[0-9a-f]{16}")

# For pydantic's models. Rust's `$` is the end of the text only.
SafeName = Annotated[str, StringConstraints(pattern=rf"^{_COMPONENT.pattern}$")]
Identity = Annotated[str, StringConstraints(pattern=rf"^{_IDENTITY.pattern}$")]


def is_safe_name(name: str) -> bool:
    """Whether a name can stand as one part of a path: letters, digits and `._+@-` of ASCII, up to 100, no leading dot.

    `..` is none, and neither is anything with a slash, a space or a NUL.
    """
    return _COMPONENT.fullmatch(name) is not None


def is_identity(name: str) -> bool:
    """Whether a name is that of a run's folder: 16 hexadecimal digits."""
    return _IDENTITY.fullmatch(name) is not None


_MOST_BYTES = 255  # of one part of a path, on every usual file system
_MOST_PATH_BYTES = 3800  # of a whole path; systems take 4,095, and the files of a run lie below


def path_fault(text: str) -> str | None:
    """Why no file can have a name or path, or None: operating systems refuse it in as many ways as there are calls.

    Args:
        text: with or without folders in it.
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
    """The text, after making sure that a file can be called so.

    Args:
        text: a name or a path.
        what: it is, for the message: `--out`.
        error: what to raise.

    Raises:
        error: no file can.
    """
    if (fault := path_fault(text)) is not None:
        remedy = "give a name of up to 255 bytes between slashes, in UTF-8 and without NUL"
        raise error(f"{what} {one_line(repr(text), 80)} {fault}\n  -> {remedy}")
    return text


def require_possible_path(path: Path, what: str, *, error: type[MnerbenchError] = ConfigError) -> Path:
    """The same of a path."""
    require_possible(str(path), what, error=error)
    return path


def _possible(text: str) -> str:
    if (fault := path_fault(text)) is not None:
        raise ValueError(f"{one_line(repr(text), 80)} {fault}")
    return text


# For pydantic's models: a name, a path, or what may be either.
PossiblePath = Annotated[str, AfterValidator(_possible)]


def _short(text: str) -> str:
    if len(text) > MOST_CHARACTERS or "\0" in text or has_lone_surrogate(text):
        raise ValueError(f"give a name of up to {MOST_CHARACTERS} characters, without NUL")
    return text


# A name that people choose, such as that of a variant: it stands in tables and records, and is no part of a path.
ShortName = Annotated[str, AfterValidator(_short)]
