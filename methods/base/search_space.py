"""Search spaces of method settings; part of a method's card and free of any search library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, inclusive; integers if both bounds are.

    Attributes:
        log: sample on a logarithmic scale.
    """

    low: float
    high: float
    log: bool = False

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}{', logarithmic' if self.log else ''}"


@dataclass(frozen=True)
class OneOf:
    """A categorical choice."""

    values: tuple[str | int | float | bool, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.values))


Space = Mapping[str, Range | OneOf]
