"""Positions of the leaderboard's dots and intervals; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import stdtrit

from mnerbench.reports.analysis.row_data import Row, RowState, Spread
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.html.axes import Tick, in_percent, round_values
from mnerbench.reports.text.format import percent

_MARGIN = 0.04  # free share of the plot's width next to the outermost dot


@dataclass(frozen=True)
class Dot:
    """A row of the leaderboard as a dot; positions in percent of the plot's width.

    Attributes:
        row: the row.
        at: mean F1 over seeds.
        low, high: 95 % interval of the mean by Student's t; None for a single run.
        seeds: F1 of every seed.
        shape: `own` picture, `text` alone, or `control`.
        open: whether runs are missing.
        text: mean and interval as text.
    """

    row: Row
    at: float
    low: float | None
    high: float | None
    seeds: tuple[float, ...]
    shape: str
    open: bool
    text: str


@dataclass(frozen=True)
class Dots:
    """The leaderboard as dots on one axis.

    Attributes:
        dots: in the order of the table.
        ticks: of the axis.
        baseline: position of the line of the baseline; None without one.
        name: of the baseline.
    """

    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    baseline: float | None
    name: str | None


def mean_interval(f1: Spread) -> tuple[float, float] | None:
    """The 95 % interval of a mean over seeds: mean ± t(0.975, n - 1) · s / √n; None for a single run."""
    if f1.std is None:
        return None
    half = float(stdtrit(f1.n - 1, 0.975)) * f1.std / math.sqrt(f1.n)
    return f1.mean - half, f1.mean + half


def dots_of(table: LeaderboardTable) -> Dots | None:
    """The chart of a table; None for fewer than two rows with a score."""
    rows = [(row, row.f1) for row in table.rows if row.f1 is not None]
    if len(rows) < 2:
        return None
    ends = [end for _, f1 in rows for end in mean_interval(f1) or (f1.mean,)]
    ends += [value for row, _ in rows for value in row.by_seed.values()]
    # Clipped to the range of F1, since the interval of two seeds may be much wider.
    low, high = max(0.0, min(ends)), min(1.0, max(ends))
    room = (high - low) * _MARGIN or 0.01
    low, high = low - room, high + room

    def position(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)

    baseline = next((row.f1 for row, _ in rows if row.baseline), None)
    return Dots(
        dots=tuple(_dot(row, f1, position) for row, f1 in rows),
        ticks=tuple(Tick(position(value), in_percent(value)) for value in round_values(low, high, 6)),
        baseline=position(baseline.mean) if baseline is not None else None,
        name=table.baseline,
    )


def _dot(row: Row, f1: Spread, position: Callable[[float], float]) -> Dot:
    interval = mean_interval(f1)
    text = percent(f1.mean) + (f" [{percent(interval[0])}, {percent(interval[1])}]" if interval is not None else "")
    return Dot(
        row=row,
        at=position(f1.mean),
        low=position(interval[0]) if interval is not None else None,
        high=position(interval[1]) if interval is not None else None,
        seeds=tuple(position(value) for _, value in sorted(row.by_seed.items())),
        shape="control" if row.control else "own" if row.view == OWN_PICTURE else "text",
        open=row.state is not RowState.COMPLETE,
        text=text,
    )
