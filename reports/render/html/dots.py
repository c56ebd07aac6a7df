"""The leaderboard as dots with intervals: where they stand; the template draws them."""

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

_MARGIN = 0.04  # of the plot's width, left free beside the outermost dot


@dataclass(frozen=True)
class Dot:
    """A row of the leaderboard as a dot; positions in percent of the plot's width.

    Attributes:
        row: that it shows.
        at: mean F1 over seeds.
        low, high: its 95 % interval by Student's t; None for a single run.
        seeds: F1 of every seed.
        shape: `own` picture, `text` alone, or `control`.
        open: whether runs are missing.
        text: the same in words.
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
        baseline: where its line stands; None without one.
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
    """The chart of a table; None where fewer than two rows have a score."""
    rows = [(row, row.f1) for row in table.rows if row.f1 is not None]
    if len(rows) < 2:
        return None
    ends = [end for _, f1 in rows for end in mean_interval(f1) or (f1.mean,)]
    ends += [value for row, _ in rows for value in row.by_seed.values()]
    # F1 lies between 0 and 1; an interval of two seeds may not, and would squeeze everything else.
    low, high = max(0.0, min(ends)), min(1.0, max(ends))
    room = (high - low) * _MARGIN or 0.01
    low, high = low - room, high + room

    def place(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 2)

    chosen = next((row.f1 for row, _ in rows if row.baseline), None)
    return Dots(
        dots=tuple(_dot(row, f1, place) for row, f1 in rows),
        ticks=tuple(Tick(place(value), in_percent(value)) for value in round_values(low, high, 6)),
        baseline=place(chosen.mean) if chosen is not None else None,
        name=table.baseline,
    )


def _dot(row: Row, f1: Spread, place: Callable[[float], float]) -> Dot:
    between = mean_interval(f1)
    words = percent(f1.mean) + (f" [{percent(between[0])}, {percent(between[1])}]" if between is not None else "")
    return Dot(
        row=row,
        at=place(f1.mean),
        low=place(between[0]) if between is not None else None,
        high=place(between[1]) if between is not None else None,
        seeds=tuple(place(value) for _, value in sorted(row.by_seed.items())),
        shape="control" if row.control else "own" if row.view == OWN_PICTURE else "text",
        open=row.state is not RowState.COMPLETE,
        text=words,
    )
