"""Safe parsing of foreign TOML, with limits on size, depth, digits and values."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import ConfigError, MnerbenchError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, read_bytes

MOST_BYTES = 1 << 20
_MOST_LEVELS = 64


def parse_toml(text: str) -> dict[str, Any]:
    """The table of a TOML text.

    Raises:
        ValueError: the text is not TOML, is nested too deep, or has a number that is not finite or has too many digits.
    """
    try:
        table = tomllib.loads(text, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if _is_deeper(table, _MOST_LEVELS):
        raise ValueError("nested too deep")
    return table


def read_toml(
    path: Path, *, error: type[MnerbenchError] = ConfigError, remedy: str = "correct the line that it names"
) -> dict[str, Any]:
    """The table in a TOML file.

    Args:
        path: the file.
        error: raised if the file exists but cannot be used.
        remedy: what the user can do if the file is not TOML.

    Raises:
        MissingInputError: there is no such file.
        error: the file cannot be read, or is not TOML (with the location).
    """
    try:
        return parse_toml(read_bytes(path, error=error, most=MOST_BYTES).decode("utf-8-sig"))
    except ValueError as reason:
        raise error(f"{named(path)}: not a TOML file: {one_line(reason)}\n  -> {remedy}") from reason


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:40]} is not a finite number")
    return value


def _is_deeper(table: dict[str, Any], levels: int) -> bool:
    """Whether the values of a table are nested in more levels than `levels`."""
    inside: list[Any] = [table]
    for _ in range(levels):
        containers = [
            value.values() if isinstance(value, dict) else value for value in inside if isinstance(value, dict | list)
        ]
        inside = [item for container in containers for item in container]
    return bool(inside)


def parse_toml_value(text: str) -> Any:
    """Parse one TOML value: `0.2`, `true`, `["captions"]`.

    Raises:
        tomllib.TOMLDecodeError: the text is not a TOML value.
        ValueError: the value cannot be used; see `parse_toml`.
    """
    table = parse_toml(f"value = {text}")
    if len(table) > 1 or "\n" in text:
        raise ValueError("several lines")
    return table["value"]
