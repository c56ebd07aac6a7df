"""Forest plots: differences of the methods of a table on one scale; the template draws them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.row_text import score_cell
from mnerbench.reports.analysis.rows import SHUFFLED
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.html.axes import Tick, round_values
from mnerbench.reports.render.html.chips import Chip, TableChips
from mnerbench.reports.statistics.verdict import MARGIN
from mnerbench.reports.text.cells import points_cell, possible
from mnerbench.reports.text.format import format_cell

MOST_METHODS = 40  # of a plot; the results list all
_TEXT_VIEW = "t"
_ROOM = 0.04  # free share of the width next to the outermost mark
_TICKS = 5
_Interval = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """An axis of differences from `low` to `high`, as fractions of 1."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Position in percent of the width; values outside are at its ends."""
        return round(100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low))), 2)

    def side(self, value: float) -> int:
        """0 for a value on the axis, -1 or 1 for one that is outside."""
        return (value > self.high) - (value < self.low)


@dataclass(frozen=True)
class Estimate:
    """A difference; positions in percent of the width.

    Attributes:
        at: of the difference.
        side: -1 or 1 if the difference is outside the axis, else 0.
        ends: of the interval; None without one.
        cut: whether each end is outside the axis.
        text: the numbers.
    """

    at: float
    side: int
    ends: tuple[float, float] | None
    cut: tuple[bool, bool]
    text: str


@dataclass(frozen=True)
class ForestRow:
    """A method.

    Attributes:
        method: name, as in the tables.
        title: name with remarks.
        detail: view and mean F1.
        style: `baseline`, `weak` (it counts words) or the empty string.
        runs: done and expected runs if some are missing, else None.
        own: in its own view, with the interval of the verdict.
        text_view: the same weights on the tweet alone, with a plain interval; None without this view.
        seeds: positions of single seeds, and whether they are outside the axis.
        chip: the verdict; None without one.
    """

    method: str
    title: str
    detail: str
    style: str
    runs: str | None
    own: Estimate
    text_view: Estimate | None
    seeds: Sequence[tuple[float, bool]]
    chip: Chip | None


@dataclass(frozen=True)
class Forest:
    """A plot.

    Attributes:
        rows: a row per method.
        ticks: of the axis.
        zero: position of no difference.
        band: ends of the differences that are irrelevant.
        left_out: number of further methods.
    """

    rows: Sequence[ForestRow]
    ticks: Sequence[Tick]
    zero: float
    band: tuple[float, float]
    left_out: int


@dataclass(frozen=True)
class Forests:
    """The plots of a table, on the same scale.

    Attributes:
        compared: against the baseline; None without differences.
        pictures: the own picture against another tweet's; None where no method has both views.
        margin: largest difference that is irrelevant, as a fraction.
        text_views: whether `compared` has methods on the tweet alone.
    """

    compared: Forest | None
    pictures: Forest | None
    margin: float
    text_views: bool


@dataclass(frozen=True)
class _Line:
    """A row before the scale is known: differences as fractions of 1."""

    row: Row
    own: float
    interval: _Interval | None
    text_view: tuple[float, _Interval | None] | None
    seeds: Sequence[float]
    chip: Chip | None


def forests_of(table: LeaderboardTable, chips: TableChips) -> Forests:
    """The plots of a table."""
    compared, pictures = list(_compared(table, chips)), list(_pictures(table, chips))
    judged = [row.judged for row in table.rows]
    judged += [use.judged for use in table.image_use]
    margin = next((item.margin for item in judged if item is not None), MARGIN)
    scale = _scale([*compared, *pictures], margin)
    return Forests(
        compared=_forest(compared, scale, margin) if len(compared) > 1 else None,
        pictures=_forest(pictures, scale, margin) if pictures else None,
        margin=margin,
        text_views=any(line.text_view is not None for line in compared),
    )


def own_rows(table: LeaderboardTable) -> dict[str, Row]:
    """The row of each method in its own view, or in the first one that is no control; methods with a score only."""
    rows: dict[str, Row] = {}
    for row in table.rows:
        if row.f1 is not None and (row.is_own_view or not (row.control or row.method in rows)):
            rows.pop(row.method, None)  # the order is that of the rows that stay
            rows[row.method] = row
    return rows


def _compared(table: LeaderboardTable, chips: TableChips) -> Iterable[_Line]:
    """Each method against the baseline, in the order of the table; methods that count words last."""
    own = own_rows(table)
    baseline = own.get(table.baseline or "")
    if baseline is None or baseline.f1 is None:
        return
    texts = {row.method: row for row in table.rows if row.view == _TEXT_VIEW and row.comparison is not None}
    for row in sorted(own.values(), key=lambda row: row.deterministic):
        if row.f1 is None or row.silent or row.is_partial:
            continue
        judged = row.judged
        text = texts.get(row.method)
        alone = text.comparison.welch if text is not None and text is not row and text.comparison is not None else None
        yield _Line(
            row=row,
            own=row.f1.mean - baseline.f1.mean,
            interval=possible(judged.interval) if judged is not None else None,
            text_view=(alone.difference, possible(alone.interval)) if alone and alone.difference is not None else None,
            seeds=[value - baseline.f1.mean for value in row.by_seed.values()] if not row.deterministic else (),
            chip=chips.compared.get(row.method),
        )


def _pictures(table: LeaderboardTable, chips: TableChips) -> Iterable[_Line]:
    """The own picture against another tweet's, in the order of the table."""
    own, uses = own_rows(table), {use.method: use for use in table.image_use if SHUFFLED in use.gains}
    wrong = {row.method: row.by_seed for row in table.rows if row.view == SHUFFLED}
    right = {row.method: row for row in table.rows if row.view == "it"}
    for name in (name for name in own if name in uses):
        gain, judged = uses[name].gains[SHUFFLED], uses[name].judged
        if gain.difference is not None:
            own_seeds = right[name].by_seed
            yield _Line(
                row=own[name],
                own=gain.difference,
                interval=possible(judged.interval) if judged is not None else None,
                text_view=None,
                seeds=_by_seed(own_seeds, wrong.get(name, {})),
                chip=chips.pictures.get(name),
            )


def _by_seed(a: Mapping[int, float], b: Mapping[int, float]) -> list[float]:
    return [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]


def _scale(lines: Sequence[_Line], margin: float) -> Scale:
    """An axis that has all estimates; intervals are cut where they would more than triple it.

    Methods that count words are far below all others, so they do not count.
    """
    shown = [line for line in lines if not line.row.deterministic]
    texts = [line.text_view for line in shown if line.text_view is not None]
    estimates = [*(line.own for line in shown), *(estimate for estimate, _ in texts)]
    intervals = [*(line.interval for line in shown), *(interval for _, interval in texts)]
    low, high = min([-2 * margin, *estimates]), max([2 * margin, *estimates])
    width = high - low
    ends = [end for interval in intervals if interval is not None for end in interval]
    low, high = max(min([low, *ends]), low - width), min(max([high, *ends]), high + width)
    room = (high - low) * _ROOM
    return Scale(low - room, high + room)


def _forest(lines: Sequence[_Line], scale: Scale, margin: float) -> Forest:
    return Forest(
        rows=[_row(line, scale) for line in lines[:MOST_METHODS]],
        ticks=[Tick(scale.at(value), _signed(value)) for value in round_values(scale.low, scale.high, _TICKS)],
        zero=scale.at(0.0),
        band=(scale.at(-margin), scale.at(margin)),
        left_out=max(0, len(lines) - MOST_METHODS),
    )


def _signed(value: float) -> str:
    """A difference as the label of a tick: `+2`, `-0.5`, `0`."""
    return f"{100 * value:+.6g}" if abs(value) > 1e-9 else "0"


def _row(line: _Line, scale: Scale) -> ForestRow:
    row = line.row
    return ForestRow(
        method=row.method,
        title=row.title,
        detail=" · ".join(filter(None, [row.view, format_cell(score_cell(row))])),
        style="baseline" if row.baseline else "weak" if row.deterministic else "",
        runs=f"{row.done}/{row.expected}" if row.state is not RowState.COMPLETE else None,
        own=_estimate(line.own, line.interval, scale),
        text_view=_estimate(*line.text_view, scale) if line.text_view is not None else None,
        seeds=[(scale.at(value), bool(scale.side(value))) for value in sorted(line.seeds)],
        chip=line.chip,
    )


def _estimate(difference: float, interval: _Interval | None, scale: Scale) -> Estimate:
    ends = (scale.at(interval[0]), scale.at(interval[1])) if interval is not None else None
    cut = (scale.side(interval[0]) < 0, scale.side(interval[1]) > 0) if interval is not None else (False, False)
    text = format_cell(points_cell(difference, interval=interval))
    return Estimate(scale.at(difference), scale.side(difference), ends, cut, text)
