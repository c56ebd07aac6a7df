"""Names as MLflow takes them: of metrics, parameters and tags."""

from __future__ import annotations

import hashlib
import posixpath
import re

from mnerbench.datasets.untrusted.display import printable

MOST_CHARACTERS = 250
_DIGEST = 16  # hexadecimal digits
# MLflow's rule on every system but Windows (`mlflow/utils/validation.py`); \w has the letters of every script.
_TAKEN = re.compile(r"[/\w.\- :]*")
_REFUSED = re.compile(r"[^/\w.\- :]")
_TRANSFER = re.compile(r"^test@")  # no split but a transfer's has a dot, so that `test@x` may be `test.x`
_MOST_VALUE = 5000


def mlflow_name(name: str) -> str:
    """A name that MLflow takes, a different one for every name.

    A name that it takes is kept. Of any other one the readable part is followed by a digest of the whole name, also
    where it is too long: equally long names that begin alike stay two. The score of a transfer, `test@x/...`, is
    `test.x/...`.
    """
    shown = _TRANSFER.sub("test.", name)
    if is_taken(shown):
        return shown
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    parts = [part for part in _REFUSED.sub(".", shown).split("/") if part.strip(".")]
    return "/".join(parts).lstrip(".")[: MOST_CHARACTERS - _DIGEST - 1].rstrip("/") + f"-{digest}"


def is_taken(name: str) -> bool:
    """Whether MLflow takes a name: its characters, its length, and no path that is the same as another."""
    if not name or len(name) > MOST_CHARACTERS or _TAKEN.fullmatch(name) is None:
        return False
    return posixpath.normpath(name) == name and name != "." and not name.startswith(("..", "/"))


def mlflow_value(value: object) -> str:
    """A parameter or tag as text of bounded length, in which a lone surrogate is written as its escape."""
    return printable(str(value)[:_MOST_VALUE])
