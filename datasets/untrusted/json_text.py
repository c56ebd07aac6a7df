"""Safe parsing of foreign JSON, with limits on depth, digits and values.

pydantic's parser rejects more than 200 levels, integers of more than 4,300 digits and lone surrogates.
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
WHOLE = "write whole characters, no lone surrogates"  # the remedy of a `LoneSurrogateError`
# Only a number that matches may exceed the range of float: of many digits, or with an exponent of three. A number
# follows a bracket, comma, colon, sign or space, unlike most digests.
_HUGE = re.compile(rb"(?:^|[\s\[,:-])\d[\d.]*[eE]\+?\d{3}|\d{200}")


class LoneSurrogateError(ValueError):
    """A JSON string contains a lone surrogate, which cannot be written in UTF-8.

    Args:
        location: text to append to the reason, such as ` at line 1 column 5`.
    """

    def __init__(self, location: str = "") -> None:
        super().__init__(f"half a character (a lone surrogate) in a string{location}")


def parse_json(content: bytes | str, *, finite: bool = True) -> Any:
    """The value of a JSON text.

    Args:
        content: the text; bytes in UTF-8.
        finite: reject NaN, Infinity and numbers too large for a float.

    Raises:
        ValueError: the text is invalid (with the reason, line and column).
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        value = from_json(data, allow_inf_nan=not finite, cache_strings="keys")
    except ValueError as error:
        raise _reworded(str(error)) from None
    if finite and _HUGE.search(data):
        _require_finite(value)
    return value


def read_json(path: Path, remedy: str, *, error: type[MnerbenchError] = DataError, finite: bool = True) -> Any:
    """The value in a JSON file.

    Args:
        path: the file.
        remedy: what the user can do if the file is not JSON.
        error: raised if the file exists but cannot be used.
        finite: reject NaN, Infinity and numbers too large for a float.

    Raises:
        MissingInputError: there is no such file.
        error: the file cannot be read, or is not JSON (with the location).
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
    """Decode the JSON value that begins at a position of a text, for files with several values.

    NaN and Infinity are accepted, since files contain them in unused values.

    Args:
        text: the text, decoded from UTF-8.
        index: position at which the value begins.
        decoder: a decoder of the standard library, to inspect objects while decoding.

    Returns:
        The value, and the position after it.

    Raises:
        json.JSONDecodeError: there is no value (with the position).
        ValueError: the value is nested too deep, has a number of too many digits, or contains a lone surrogate.
    """
    try:
        value, end = (decoder or _DECODER).raw_decode(text, index)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    # Both faults are rare, and walking through every value costs as much as decoding it.
    if text.count("[", index, end) + text.count("{", index, end) > MOST_LEVELS and _is_deep(value):
        raise ValueError("nested too deep")
    if text.find("\\u", index, end) >= 0:
        _require_whole(value)
    return value, end


_DECODER = json.JSONDecoder()


def _reworded(reason: str) -> ValueError:
    """A readable version of an error of pydantic's parser."""
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
    """A value and all values and keys in it."""
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
        json.dumps(value, allow_nan=False)  # in C, and thus faster than a walk
    except ValueError:
        return False
    return True
