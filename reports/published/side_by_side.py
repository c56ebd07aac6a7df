"""The tables of papers with our numbers next to the printed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.published.data import PublishedColumn, PublishedRow, PublishedTable
from mnerbench.reports.published.loading import published_table
from mnerbench.reports.published.matching import Ours, ours
from mnerbench.reports.published.measures import Kind
from mnerbench.reports.published.suites import selections


@dataclass(frozen=True)
class SideBySide:
    """A table of a paper, or some rows of it, with our numbers.

    Attributes:
        table: as published.
        rows: the rows to show, in the order of print.
        numbers: our numbers, by index of the row and name of the column.
        missing: rows of our methods without any number, by reason.
    """

    table: PublishedTable
    rows: tuple[PublishedRow, ...]
    numbers: Mapping[tuple[int, str], Ours]
    missing: Mapping[str, tuple[PublishedRow, ...]]

    @property
    def title(self) -> str:
        """`MAF Table 4: MAF without its alignment and matching modules`."""
        return f"{self.table.source}: {self.table.title}"

    def ours(self, row: PublishedRow, column: PublishedColumn) -> Ours | None:
        """Our number for a cell; None without one."""
        return self.numbers.get((self.table.rows.index(row), column.name))


def side_by_side(tables: Sequence[LeaderboardTable]) -> list[SideBySide]:
    """Every published table with rows that a suite of these leaderboards runs.

    A table has all its rows if the suite of its name was run, else the rows that the suites run.
    """
    suites = list(dict.fromkeys(suite for table in tables for suite in table.conditions.suites))
    names = dict.fromkeys(selection.table for suite in suites for selection in selections(suite))
    return [_with_ours(published_table(name), suites, tables) for name in names]


def _with_ours(table: PublishedTable, suites: Sequence[str], tables: Sequence[LeaderboardTable]) -> SideBySide:
    tables_of_row: dict[int, list[LeaderboardTable]] = {}
    for suite in suites:
        of_suite = [leaderboard for leaderboard in tables if suite in leaderboard.conditions.suites]
        selected = (selection for selection in selections(suite) if selection.table == table.id)
        for row in (row for selection in selected for row in selection.rows()):
            tables_of_row.setdefault(table.rows.index(row), []).extend(of_suite)
    encoders = {cell.scope.encoder for cell in table.cells() if cell.scope.encoder is not None}
    numbers = {}
    for cell in table.cells():
        index = table.rows.index(cell.row)
        if (number := ours(cell, tables_of_row.get(index, []), encoders)) is not None:
            numbers[index, cell.column.name] = number
    numbers |= _differences(table, numbers)
    rows = [row for index, row in enumerate(table.rows) if table.id in suites or index in tables_of_row]
    missing: dict[str, tuple[PublishedRow, ...]] = {}
    for row in rows:
        index = table.rows.index(row)
        if row.method and not row.published_only and _lacks_numbers(row, index, numbers):
            reason = _why_missing(row.method, tables_of_row.get(index))
            missing[reason] = (*missing.get(reason, ()), row)
    return SideBySide(table, tuple(rows), numbers, missing)


def _differences(table: PublishedTable, numbers: Mapping[tuple[int, str], Ours]) -> dict[tuple[int, str], Ours]:
    """Our numbers for rows of differences, where both rows above have some."""
    differences = {}
    for index, row in enumerate(table.rows):
        if row.kind is not Kind.DIFFERENCE:
            continue
        first, second = map(table.rows.index, table.minuend_and_subtrahend(row))
        for column in table.columns:
            minuend, subtrahend = numbers.get((first, column.name)), numbers.get((second, column.name))
            if minuend is not None and subtrahend is not None:
                others = tuple(dict.fromkeys((*minuend.others, *subtrahend.others)))
                differences[index, column.name] = Ours(minuend.value - subtrahend.value, minuend.row, others)
    return differences


def _lacks_numbers(row: PublishedRow, index: int, numbers: Mapping[tuple[int, str], Ours]) -> bool:
    return any(value is not None for value in row.values) and not any(other == index for other, _ in numbers)


def _why_missing(method: str, tables: Sequence[LeaderboardTable] | None) -> str:
    """Why a published row has no number of ours."""
    if tables is None:
        return "another suite has the settings of this row"
    all_rows = [row for table in tables for row in table.rows]
    if any(row.method.startswith(f"{method} (") for row in all_rows):
        return "run with several settings; --suite reports one suite alone"
    rows = [row for row in all_rows if row.method == method]
    if not rows:
        return "not among the runs here"
    reasons = [row.reason for row in rows if row.reason and row.f1 is None]
    return " ".join(
        (reasons or ["run here, but nothing on the same data and encoder that measures the same"])[0].split()
    )
