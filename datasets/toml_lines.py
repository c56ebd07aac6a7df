"""TOML with comments: values on one line, and keys with their defaults as comments, generated from a model's fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_WIDTH = 110  # of a line; longer lists are wrapped, longer descriptions precede their key


def toml_value(value: Any) -> str:
    """A value as TOML: enums by their value, tables inline, long lists over several lines.

    Args:
        value: a text, a number, a truth value, an enum, or a list or mapping of such values; none of them None.
    """
    import tomli_w

    if isinstance(value, Enum):
        return toml_value(value.value)
    if isinstance(value, Mapping):
        pairs = [f"{_key(key)} = {toml_value(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        items = [toml_value(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")


def _key(name: object) -> str:
    import tomli_w

    return tomli_w.dumps({str(getattr(name, "value", name)): 0}).removesuffix(" = 0\n")


def set_line(key: str, value: Any, description: str = "") -> Iterator[str]:
    """The lines of a key that is set, with its description as a comment."""
    yield from _described(f"{_key(key)} = {toml_value(value)}", description)


def default_line(key: str, field: FieldInfo) -> Iterator[str]:
    """The lines of a key that is not set, as comments: its default, its other values and its description."""
    default = field.get_default(call_default_factory=True)
    description = "; ".join(filter(None, [_values_of(default), field.description or ""]))
    if default is None:
        yield from _described(f"# {key}: not set", description)
        return
    yield from _described(f"# {_key(key)} = {toml_value(default)}", description)


def default_lines(model: type[BaseModel], keys: Iterable[str]) -> Iterator[str]:
    """The lines of several keys of a model that are not set."""
    for key in keys:
        yield from default_line(key, model.model_fields[key])


def table_lines(name: str, values: Mapping[str, Any]) -> list[str]:
    """The lines of a table with its header, and of nested tables below it."""
    import tomli_w

    # Not `splitlines`: a text may hold other characters that it takes for line ends.
    return tomli_w.dumps({name: values}).rstrip("\n").split("\n")


def _values_of(default: Any) -> str:
    """The values of an enum: `equal, paper or tuned`."""
    if not isinstance(default, Enum):
        return ""
    *others, last = [str(member.value) for member in type(default)]
    return f"{', '.join(others)} or {last}" if others else last


def _described(line: str, description: str) -> Iterator[str]:
    if not description:
        yield line
    elif len(line) + len(description) + 4 <= _WIDTH and "\n" not in line:
        yield f"{line}  # {description}"
    else:
        yield f"# {description}:"
        yield line
