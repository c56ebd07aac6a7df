"""JSON that somebody else wrote: bounded in depth, digits and values, and never a traceback.

Read by pydantic's parser, which refuses more than 200 levels, integers of more than 4,300 digits and lone surrogates.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from mnerbench.datasets.errors import DataError, MnerbenchError
from mnerbench.datasets.untrusted.display import has_lone_surrogate, one_line
from mnerbench.datasets.untrusted.files import named, read_bytes

MOST_LEVELS = 200
WHOLE = "write whole characters, no lone surrogates"  # what to do about a `LoneSurrogateError`
# Only such a number may be larger than any float.
_HUGE = re.compile(rb"[eE]\+?\d{3}|\d{300}")


class LoneSurrogateError(ValueError):
    """A string that JSON can write and UTF-8 cannot: such as a label that no prediction file could hold.

    Args:
        place: where, as text to add to the reason.
    """

    def __init__(self, place: str = "") -> None:
        super().__init__(f"half a character (a lone surrogate) in a string{place}")


def parse_json(content: bytes | str, *, finite: bool = True) -> Any:
    """The value of a JSON text.

    Args:
        content: the text; bytes in UTF-8.
        finite: refuse NaN, Infinity and numbers too large for a float.

    Raises:
        ValueError: it is not such a text; says why, and at which line and column.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        value = from_json(data, allow_inf_nan=not finite, cache_strings="keys")
    except ValueError as error:
        raise _in_words(str(error)) from None
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
    for item in _items(value):
        if isinstance(item, float) and not math.isfinite(item):
            raise ValueError("a number that is too large")


def decode_json(text: str, index: int = 0, decoder: json.JSONDecoder | None = None) -> tuple[Any, int]:
    """The JSON value that begins somewhere in a text, and where it ends: for files that hold several.

    NaN and Infinity are read: people write them beside what counts.

    Args:
        text: that was decoded from UTF-8.
        index: where the value begins.
        decoder: of the standard library, where objects are to be looked at while they are read.

    Raises:
        json.JSONDecodeError: there is none (says at which character).
        ValueError: it nests too deep, has a number of too many digits, or holds half a character.
    """
    try:
        value, end = (decoder or _DECODER).raw_decode(text, index)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    # Both are rare, and looking at every value costs as much as reading it.
    if text.count("[", index, end) + text.count("{", index, end) > MOST_LEVELS and _is_deep(value):
        raise ValueError("nested too deep")
    if text.find("\\u", index, end) >= 0:
        _require_whole(value)
    return value, end


_DECODER = json.JSONDecoder()


def _in_words(reason: str) -> ValueError:
    """What pydantic's parser says, as people would."""
    if "hex escape" in reason:
        return LoneSurrogateError(reason[reason.rfind(" at line") :])
    return ValueError(reason.replace("recursion limit exceeded", "nested too deep"))


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        level = [inner for item in level if isinstance(item, dict | list) for inner in _inside(item)]
        if not level:
            return False
    return True


def _require_whole(value: Any) -> None:
    for item in _items(value):
        if isinstance(item, str) and has_lone_surrogate(item):
            raise LoneSurrogateError


def _items(value: Any) -> Iterator[Any]:
    """A value and everything in it, keys too."""
    pending = [value]
    while pending:
        item = pending.pop()
        yield item
        if isinstance(item, dict):
            pending += item
        if isinstance(item, dict | list):
            pending += _inside(item)


def _inside(item: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return item.values() if isinstance(item, dict) else item


def is_finite(value: Any) -> bool:
    """Whether every number in a JSON value is finite."""
    try:
        _require_finite(value)
    except ValueError:
        return False
    return True
