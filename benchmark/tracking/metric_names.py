"""Valid MLflow names of metrics, parameters and tags."""

from __future__ import annotations

import hashlib
import posixpath
import re

from mnerbench.datasets.untrusted.display import printable

MOST_CHARACTERS = 250
_DIGEST = 16  # hexadecimal digits
# MLflow's rule on all systems but Windows (`mlflow/utils/validation.py`); \w includes letters of all scripts.
_VALID = re.compile(r"[/\w.\- :]*")
_INVALID = re.compile(r"[^/\w.\- :]")
_TRANSFER = re.compile(r"^test@")  # other splits have no dot, so `test@x` can become `test.x`
_MOST_VALUE = 5000  # characters


def mlflow_name(name: str) -> str:
    """Map a name to a valid MLflow name; different names stay different.

    A valid name is unchanged, except that the score of a transfer, `test@x/...`, becomes `test.x/...`. Of an invalid or
    too long name, the valid characters are followed by a digest of the whole name.
    """
    readable = _TRANSFER.sub("test.", name)
    if is_valid(readable):
        return readable
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    parts = [part for part in _INVALID.sub(".", readable).split("/") if part.strip(".")]
    return "/".join(parts).lstrip(".")[: MOST_CHARACTERS - _DIGEST - 1].rstrip("/") + f"-{digest}"


def is_valid(name: str) -> bool:
    """Whether MLflow accepts a name: by its characters and length, and as a normalised path."""
    if not name or len(name) > MOST_CHARACTERS or _VALID.fullmatch(name) is None:
        return False
    return posixpath.normpath(name) == name and name != "." and not name.startswith(("..", "/"))


def mlflow_value(value: object) -> str:
    """A parameter or tag as text of bounded length, with lone surrogates escaped."""
    return printable(str(value)[:_MOST_VALUE])
