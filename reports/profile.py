"""The capability profile: which kind of evidence in a picture each method finds, over all probes of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.reports.cells import NONE, Sheet, headroom, points
from mnerbench.reports.rows import OWN_PICTURE, SHUFFLED
from mnerbench.reports.tables import LeaderboardTable, Row, RowState

# A method that reads nothing of a probe's evidence cannot find it; that is no failure.
BLIND = "not read"


@dataclass(frozen=True)
class Profile:
    """Methods against probes.

    Attributes:
        probes: dataset names.
        rows: method, then per probe the row in the view with the own picture, or None; then what wrong pictures cost.
    """

    probes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Row | None, ...], float | None], ...]


def capability_profile(tables: Sequence[LeaderboardTable]) -> Profile | None:
    """The profile of all complete multimodal rows; None unless at least two probes were run.

    What wrong pictures cost is the mean over probes of the F1 with another tweet's picture minus the text ceiling: a
    method that trusts a picture blindly falls below what the text alone could have told it.
    """
    probes = [table for table in tables if table.conditions.ceilings]
    names = [table.conditions.dataset for table in probes]
    # Two conditions of one probe are two tables; a profile over both would mix them.
    if len(names) < 2 or len(set(names)) < len(names):
        return None
    methods = sorted({row.method for table in probes for row in table.rows if _counts(row, OWN_PICTURE)})
    rows = []
    for method in methods:
        own = tuple(_find(table, method, OWN_PICTURE) for table in probes)
        wrong = [row for table in probes if (row := _find(table, method, SHUFFLED)) is not None]
        rows.append((method, own, fmean(map(_cost, wrong)) if wrong else None))
    return Profile(tuple(names), tuple(rows)) if rows else None


def _counts(row: Row, view: str) -> bool:
    return row.view == view and row.state is RowState.COMPLETE and row.f1 is not None and row.text_ceiling is not None


def _find(table: LeaderboardTable, method: str, view: str) -> Row | None:
    return next((row for row in table.rows if row.method == method and _counts(row, view)), None)


def _cost(row: Row) -> float:
    assert row.f1 is not None
    assert row.text_ceiling is not None
    return row.f1.mean - row.text_ceiling.expected


def profile_sheet(profile: Profile) -> Sheet:
    """Headroom per probe, and what wrong pictures cost in points."""
    rows = tuple((method, *map(_cell, own), points(cost)) for method, own, cost in profile.rows)
    columns = ("method", *(name.removeprefix("probe-") for name in profile.probes), "wrong pictures")
    return Sheet(columns, 1, rows)


def _cell(row: Row | None) -> str:
    if row is None:
        return NONE
    return BLIND if row.headroom is None else headroom(row)


def profile_lines() -> list[tuple[str, str]]:
    """What the cells mean."""
    return [
        ("a share", "headroom: how much of what its inputs can add a method reached, ± a standard error of the split"),
        (BLIND, "the method's inputs do not carry this evidence, so nothing can be found"),
        ("wrong pictures", "mean over probes: F1 with another tweet's picture minus the text ceiling, in points"),
    ]
