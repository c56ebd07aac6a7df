"""JSON that somebody else wrote: bounded in depth, digits and values, and never a traceback.

Read by pydantic's parser, which refuses more than 200 levels, integers of more than 4,300 digits and lone surrogates.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, read_bytes

# Only such a number may be larger than any float.
_HUGE = re.compile(rb"[eE]\+?\d{3}|\d{300}")


def parse_json(content: bytes | str, *, finite: bool = True) -> Any:
    """The value of a JSON text.

    Args:
        content: the text; bytes in UTF-8.
        finite: refuse NaN, Infinity and numbers too large for a float.

    Raises:
        ValueError: it is not such a text; says why, and at which line and column.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    value = from_json(data, allow_inf_nan=not finite, cache_strings="keys")
    if finite and _HUGE.search(data):
        _require_finite(value)
    return value


def read_json(path: Path, remedy: str, *, error: type[MnerbenchError] = DataError, finite: bool = True) -> Any:
    """The value that a JSON file holds.

    Args:
        path: the file.
        remedy: what a user can do about a file that is none.
        error: raised where it is there and cannot be used.
        finite: refuse NaN, Infinity and numbers too large for a float.

    Raises:
        MissingInputError: there is no such file.
        error: it cannot be read, or is not JSON (names the place).
    """
    try:
        return parse_json(read_bytes(path, error=error), finite=finite)
    except ValueError as reason:
        raise error(f"{named(path)}: not JSON: {one_line(reason)}\n  -> {remedy}") from reason


def _require_finite(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError("a number that is too large")
        if isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item


def is_finite(value: Any) -> bool:
    """Whether every number in a JSON value is finite."""
    try:
        _require_finite(value)
    except ValueError:
        return False
    return True
