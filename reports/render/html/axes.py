"""Ticks of chart axes."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    """A tick of an axis: its position (percent of the width, or pixels) and its label."""

    at: float
    text: str


def round_values(low: float, high: float, most: int) -> list[float]:
    """At most `most` round numbers in [low, high], spaced by 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(power * times for times in (1, 2, 5, 10, 20) if (high - low) / (power * times) + 1 <= most + 1)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]


def log_values(low: float, high: float, most: int) -> list[float]:
    """Numbers 1, 2, 5, 10, ... in [low, high], for a logarithmic axis; of more than `most`, only the powers of ten."""
    powers = [10.0**n for n in range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)]
    for factors in ((1, 2, 5), (1,)):
        values = [power * times for power in powers for times in factors if low <= power * times * (1 + 1e-9)]
        values = [value for value in values if value <= high * (1 + 1e-9)]
        if len(values) <= most:
            break
    return values


def in_percent(share: float) -> str:
    """A share as the label of a tick: `72`, `72.5`."""
    return f"{100 * share:.6g}"
