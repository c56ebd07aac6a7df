"""Marks on the axes of charts."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where it stands (percent of the width, or pixels) and what it says."""

    at: float
    text: str


def round_values(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers (1, 2 or 5 times a power of ten apart) between two numbers, ends included."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * times for times in (1, 2, 5, 10, 20) if (high - low) / (power * times) + 1 <= most + 1)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def in_percent(share: float) -> str:
    """A round share as an axis says it: `72`, `72.5`."""
    return f"{100 * share:.6g}"
