"""Positions of training curves; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.html.axes import Tick, in_percent, round_values
from mnerbench.reports.text.format import percent

WIDTH, HEIGHT = 248, 140  # of one chart, in pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 8, 20


@dataclass(frozen=True)
class Curve:
    """The training curve of a method.

    Attributes:
        method: name of the method.
        seeds: a line per seed, as points of SVG in pixels.
        mean: the line of the mean over the seeds that reached an epoch.
        end: dev F1 at the last epoch as text.
    """

    method: str
    seeds: tuple[str, ...]
    mean: str
    end: str


@dataclass(frozen=True)
class Curves:
    """Training curves of a table, on the same axes."""

    curves: tuple[Curve, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def curves_of(table: LeaderboardTable) -> Curves | None:
    """Dev F1 by epoch of every trained method, shared by its views; None without trained methods."""
    lines_of = {row.method: _finite(row.curve) for row in table.rows if row.curve}
    values = [value for lines in lines_of.values() for line in lines for value in line]
    if not values:
        return None
    epochs = max(len(line) for lines in lines_of.values() for line in lines)
    low, high = min(values), max(values)
    low, high = (low, high) if high - low > 1e-6 else (low - 0.01, high + 0.01)

    def points(line: Sequence[float]) -> str:
        return " ".join(f"{across(n)},{up(value)}" for n, value in enumerate(line, start=1))

    def across(epoch: int) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * ((epoch - 1) / (epochs - 1) if epochs > 1 else 0.5), 1)

    def up(value: float) -> float:
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - (value - low) / (high - low)), 1)

    marks = sorted(
        {1, epochs, *(round(n) for n in round_values(1, epochs, 4) if n >= 1)} if epochs > 2 else {1, epochs}
    )
    return Curves(
        curves=tuple(
            Curve(method, tuple(map(points, lines)), points(_mean(lines)), percent(_mean(lines)[-1]))
            for method, lines in lines_of.items()
            if lines
        ),
        across=tuple(Tick(across(n), str(n)) for n in marks),
        up=tuple(Tick(up(value), in_percent(value)) for value in round_values(low, high, 4)),
    )


def _finite(curve: Mapping[int, Sequence[float]]) -> list[list[float]]:
    """The lines by seed, up to the first value that is not finite."""
    lines = []
    for _, line in sorted(curve.items()):
        end = next((n for n, value in enumerate(line) if not math.isfinite(value)), len(line))
        lines += [list(line[:end])] if end else []
    return lines


def _mean(lines: Iterable[Sequence[float]]) -> list[float]:
    listed = list(lines)
    longest = max(map(len, listed))
    return [fmean(line[n] for line in listed if len(line) > n) for n in range(longest)]
