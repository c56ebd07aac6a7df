"""Numbers to text: the only place where anything is rounded. Both renderers print these sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnerbench.reports.rows import OWN_PICTURE
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.tables import LeaderboardTable, Row

NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Sheet:
    """A table of text.

    Attributes:
        columns: headings.
        left: number of columns, from the first, that hold names; the others hold numbers.
        rows: as many cells as there are columns.
    """

    columns: tuple[str, ...]
    left: int
    rows: tuple[tuple[str, ...], ...]

    def only(self, columns: Iterable[str]) -> Sheet:
        """The sheet without the other columns."""
        kept = [self.columns.index(name) for name in columns]
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return Sheet(tuple(self.columns[place] for place in kept), sum(place < self.left for place in kept), rows)


def percent(share: float | None) -> str:
    """A score of 0.7479 as `74.79`."""
    return NONE if share is None else f"{100 * share:.2f}"


def points(difference: float | None) -> str:
    """A difference of 0.0031 as `+0.31`; what rounds to zero has no sign."""
    if difference is None:
        return NONE
    text = f"{100 * difference:+.2f}"
    return text[1:] if float(text) == 0 else text


def p_value(p: float | None) -> str:
    """Three decimals; never 0."""
    if p is None:
        return NONE
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def equals(p: float | None) -> str:
    """`= 0.012` or `<0.001`, for sentences: what stands after the letter p."""
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"


def size(difference: float) -> str:
    """A difference of -0.0212 without its sign, with its unit: `2.12 points`."""
    return f"{100 * abs(difference):.2f} points"


def amount(count: int | None) -> str:
    """Parameters in thousands or millions."""
    if count is None:
        return NONE
    return f"{count / 1e6:.1f} M" if count >= 1e6 else f"{count / 1e3:.0f} k"


def difference(test: TestResult) -> str:
    """`+0.31 [-0.12, +0.74]`."""
    if test.interval is None and min(test.n) > 1:
        return f"{points(test.difference)}, every seed"
    interval = "" if test.interval is None else f" [{points(test.interval[0])}, {points(test.interval[1])}]"
    return points(test.difference) + interval


def in_points(test: TestResult) -> str:
    """The same with its unit, for sentences: `+0.31 [-0.12, +0.74] points`, `0.00 points for every seed`."""
    if test.interval is None and min(test.n) > 1:
        return f"{points(test.difference)} points for every seed"
    return f"{difference(test)} points"


def _score(row: Row) -> str:
    if row.f1 is None:
        return row.state.value if not row.done else NONE
    return percent(row.f1.mean) + ("" if row.f1.std is None else f" ± {percent(row.f1.std)}")


def headroom(row: Row) -> str:
    """A headroom of 0.781 as `78 ± 9 %`."""
    if row.headroom is None or row.headroom_error is None:
        return NONE
    return f"{100 * row.headroom:.0f} ± {100 * row.headroom_error:.0f} %"


def _against_baseline(row: Row) -> tuple[str, str, str, str]:
    test = row.comparison
    if test is None:
        note = "baseline" if row.baseline else "deterministic" if row.deterministic and row.f1 else NONE
        return note, NONE, NONE, NONE
    return difference(test.welch), p_value(test.welch.p), p_value(test.holm), p_value(test.paired.p)


def _name(row: Row) -> tuple[str, str]:
    return row.method, row.view or NONE


def main_sheet(table: LeaderboardTable) -> Sheet:
    """The leaderboard proper, one line per row of the table."""
    columns = ("#", "method", "view", "runs", "F1 ± std", "best", "P", "R", "Δ baseline [95 % CI]")
    rows = []
    for row in table.rows:
        place = NONE if row.rank is None else str(row.rank)
        runs = f"{row.done}/{row.expected}" if row.expected else NONE
        best = percent(row.f1.best if row.f1 else None)
        scores = (_score(row), best, percent(row.precision), percent(row.recall))
        cost = (NONE if row.seconds_per_epoch is None else f"{row.seconds_per_epoch:.1f}", amount(row.parameters))
        rows.append((place, *_name(row), runs, *scores, *_against_baseline(row), *cost))
    return Sheet((*columns, "p Welch", "p Holm", "p paired", "s/epoch", "parameters"), 3, tuple(rows))


def ceiling_sheet(table: LeaderboardTable) -> Sheet:
    """On a probe: what is possible, and how much of it was reached; the same lines as `main_sheet`."""
    rows = tuple(
        (*_name(row), percent(row.ceiling.expected if row.ceiling else None), headroom(row)) for row in table.rows
    )
    return Sheet(("method", "view", "ceiling", "headroom"), 2, rows)


def type_sheet(table: LeaderboardTable) -> Sheet:
    """Mean F1 per entity type."""
    rows = tuple((*_name(row), *(percent(row.types.get(kind)) for kind in table.types)) for row in _scored(table))
    return Sheet(("method", "view", *table.types), 2, rows)


def scorer_sheet(table: LeaderboardTable) -> Sheet:
    """The same runs under every scorer."""
    others = table.conditions.other_scorers
    rows = tuple(
        (*_name(row), percent(row.f1.mean if row.f1 else None), *(percent(row.scorers.get(name)) for name in others))
        for row in _scored(table)
    )
    return Sheet(("method", "view", table.conditions.scorer, *others), 2, rows)


def image_sheet(table: LeaderboardTable) -> Sheet:
    """What the picture is worth to each method that saw pictures."""
    views = list(dict.fromkeys(view for use in table.image_use for view in use.gains))
    columns = [column for view in views for column in (f"{OWN_PICTURE} - {view} [95 % CI]", "p paired")]
    rows = []
    for use in table.image_use:
        tests = [use.gains.get(view) for view in views]
        cells = [text for test in tests for text in ((difference(test), p_value(test.p)) if test else (NONE, NONE))]
        rows.append((use.method, percent(use.own), *cells))
    return Sheet(("method", f"F1 {OWN_PICTURE}", *columns), 1, tuple(rows))


def _scored(table: LeaderboardTable) -> Sequence[Row]:
    return [row for row in table.rows if row.f1 is not None]


def beside(first: Sheet, second: Sheet) -> Sheet:
    """Two sheets of the same lines as one; the second's name columns are dropped."""
    rows = tuple((*a, *b[second.left :]) for a, b in zip(first.rows, second.rows, strict=True))
    return Sheet((*first.columns, *second.columns[second.left :]), first.left, rows)
