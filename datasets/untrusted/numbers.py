"""Checks of numbers in foreign settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

LARGEST = 2**31 - 1  # the largest dimension of a tensor that is accepted everywhere


def require_numbers(values: Any, fields: Mapping[str, FieldInfo]) -> None:
    """Raise if a numeric setting is a boolean, or an integer is too large.

    pydantic accepts `true` as 1 for an int, and integers of any size.

    Args:
        values: settings by name; any other value is left to pydantic.
        fields: fields of the model.

    Raises:
        ValueError: a setting is invalid (with its name).
    """
    if not isinstance(values, Mapping):
        return
    for name, value in values.items():
        if isinstance(value, bool) and name in fields and _is_numeric(fields[name].annotation):
            raise ValueError(f"{name} = {str(value).lower()}: give a number")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError(f"{name}: a number of {len(str(abs(value)))} digits; give one up to {LARGEST:,}")


def _is_numeric(annotation: Any) -> bool:
    """Whether a field is a number, or a number or None."""
    if get_origin(annotation) in {Union, UnionType}:
        return all(part in {int, float, type(None)} for part in get_args(annotation))
    return annotation in {int, float}
