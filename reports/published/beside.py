"""The tables of papers with our numbers beside the printed ones: what a suite of a paper is run for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.published.data import PublishedColumn, PublishedRow, PublishedTable
from mnerbench.reports.published.loading import published_table
from mnerbench.reports.published.matching import Ours, ours
from mnerbench.reports.published.suites import selections


@dataclass(frozen=True)
class Beside:
    """A table of a paper, or some rows of it, with our numbers.

    Attributes:
        table: as it was published.
        rows: that are shown, in the order of print.
        found: our numbers, by row and column.
        missing: rows of methods of ours without any number, by the reason.
    """

    table: PublishedTable
    rows: tuple[PublishedRow, ...]
    found: Mapping[tuple[int, str], Ours]
    missing: Mapping[str, tuple[PublishedRow, ...]]

    @property
    def title(self) -> str:
        """`MAF Table 4: MAF without its alignment and matching modules`."""
        return f"{self.table.source}: {self.table.title}"

    def ours(self, row: PublishedRow, column: PublishedColumn) -> Ours | None:
        """Our number for a cell; None where there is none."""
        return self.found.get((self.table.rows.index(row), column.name))


def published_beside(tables: Sequence[LeaderboardTable]) -> list[Beside]:
    """Every published table of which a suite of these leaderboards runs rows.

    All rows of a table whose own suite was run; else those that the suites run.
    """
    suites = list(dict.fromkeys(suite for table in tables for suite in table.conditions.suites))
    names = dict.fromkeys(one.table for suite in suites for one in selections(suite))
    return [_beside(published_table(name), suites, tables) for name in names]


def _beside(table: PublishedTable, suites: Sequence[str], tables: Sequence[LeaderboardTable]) -> Beside:
    run: dict[int, list[LeaderboardTable]] = {}
    for suite in suites:
        own = [one for one in tables if suite in one.conditions.suites]
        for row in (row for one in selections(suite) if one.table == table.id for row in one.rows()):
            run.setdefault(table.rows.index(row), []).extend(own)
    named = {cell.scope.encoder for cell in table.cells() if cell.scope.encoder is not None}
    found = {}
    for cell in table.cells():
        place = table.rows.index(cell.row)
        if (number := ours(cell, run.get(place, []), named)) is not None:
            found[place, cell.column.name] = number
    rows = [row for place, row in enumerate(table.rows) if table.id in suites or place in run]
    missing: dict[str, tuple[PublishedRow, ...]] = {}
    for row in rows:
        place = table.rows.index(row)
        if row.method and not row.published_only and _lacks(row, place, found):
            reason = _why_missing(row.method, run.get(place))
            missing[reason] = (*missing.get(reason, ()), row)
    return Beside(table, tuple(rows), found, missing)


def _lacks(row: PublishedRow, place: int, found: Mapping[tuple[int, str], Ours]) -> bool:
    return any(value is not None for value in row.values) and not any(other == place for other, _ in found)


def _why_missing(method: str, tables: Sequence[LeaderboardTable] | None) -> str:
    """Why no number of ours stands beside a row."""
    if tables is None:
        return "another suite has the settings of this row"
    rows = [one for table in tables for one in table.rows]
    if any(one.method.startswith(f"{method} (") for one in rows):
        return "run with several settings; --suite reports one suite alone"
    own = [one for one in rows if one.method == method]
    if not own:
        return "not among the runs here"
    reasons = [one.reason for one in own if one.reason and one.f1 is None]
    return " ".join(
        (reasons or ["run here, but nothing on the same data and encoder that measures the same"])[0].split()
    )
