"""Names that become parts of paths: from closed alphabets, so that none of them leads out of its folder."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints

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
