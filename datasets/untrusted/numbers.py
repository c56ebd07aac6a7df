"""Numbers that somebody else wrote into settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

LARGEST = 2**31 - 1  # that a tensor's dimension takes everywhere


def require_numbers(values: Any, fields: Mapping[str, FieldInfo]) -> None:
    """Raise if a setting is a truth value where a number belongs, or a whole number that nothing can have.

    pydantic takes `true` for 1 where an int is asked for, and any number of digits.

    Args:
        values: settings by name; anything else is left to pydantic.
        fields: of the model.

    Raises:
        ValueError: names the setting.
    """
    if not isinstance(values, Mapping):
        return
    for name, value in values.items():
        if isinstance(value, bool) and name in fields and _is_numeric(fields[name].annotation):
            raise ValueError(f"{name} = {str(value).lower()}: give a number")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError(f"{name}: a number of {len(str(abs(value)))} digits; give one up to {LARGEST:,}")


def _is_numeric(annotation: Any) -> bool:
    """Whether a field holds a number, or a number or None."""
    if get_origin(annotation) in {Union, UnionType}:
        return all(part in {int, float, type(None)} for part in get_args(annotation))
    return annotation in {int, float}
