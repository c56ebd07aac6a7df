"""Sheets of published numbers and ours: the table as printed, or a line per number."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from mnerbench.reports.published.data import PublishedColumn, PublishedRow
from mnerbench.reports.published.matching import Ours
from mnerbench.reports.published.measures import Kind, Metric
from mnerbench.reports.published.sheets import (
    PUBLISHED_ONLY,
    cell_marks,
    decimals,
    number_column,
    printed_cell,
    published_table_legend,
)
from mnerbench.reports.published.side_by_side import SideBySide
from mnerbench.reports.text.cells import change_cell, decimal_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

# Most columns of numbers with ours in a sheet, and in each sheet of a dataset that has more.
WIDEST, _PART = 8, 6
_NUMBER_LINES = (
    *map(name_column, ("system", "our method", "what")),
    *(Column(key, key) for key in ("published", "ours")),
    Column("difference", "Δ"),
)


def side_by_side_sheets(published: SideBySide) -> list[Sheet]:
    """The table as printed; cells for which we have a number are `published / ours / Δ`.

    One sheet, or a sheet per dataset if the table has too many columns.
    """
    marks, rows = cell_marks(published.table), published.rows
    section, view = any(row.section for row in rows), any(row.view for row in rows)
    head = (*(("section",) if section else ()), "system", "our method", *(("view",) if view else ()))
    sheets = []
    for columns in _column_blocks(published):
        lines = []
        for row in rows:
            names = [*([row.section] if section else []), row.system, _our_name(row), *([row.view] if view else [])]
            numbers = (_cell(published, row, column, marks) for column in columns)
            lines.append((*map(text_cell, names), *numbers))
        sheets.append(Sheet((*map(name_column, head), *map(number_column, columns)), tuple(lines)))
    return sheets


def _column_blocks(published: SideBySide) -> list[list[PublishedColumn]]:
    """Columns that hold numbers, in blocks that are narrow enough; a single empty block if no column holds any."""
    columns = [
        column
        for index, column in enumerate(published.table.columns)
        if any(row.values[index] is not None for row in published.rows)
    ]
    if len(columns) <= WIDEST:
        return [columns]
    by_data: dict[tuple[str | None, str | None], list[PublishedColumn]] = {}
    for column in columns:
        by_data.setdefault((column.trained_on, column.dataset), []).append(column)
    return [
        block[start : start + size]
        for block in by_data.values()
        for size in [len(block) if len(block) <= WIDEST else _PART]
        for start in range(0, len(block), size)
    ]


def _our_name(row: PublishedRow) -> str | None:
    return PUBLISHED_ONLY if row.published_only else row.method


def _cell(published: SideBySide, row: PublishedRow, column: PublishedColumn, marks: dict[str, int]) -> Cell:
    value, number = row.values[published.table.columns.index(column)], published.ours(row, column)
    printed = printed_cell(published.table, row, column, marks)
    return printed if value is None or number is None else replace(printed, more=_our_cells(number, value))


def _our_cells(number: Ours, value: Decimal) -> tuple[Cell, Cell]:
    """Our number and the difference, with as many digits as the paper prints."""
    digits, row = decimals(value), number.row
    progress = f" ({row.done}/{row.expected})" if row is not None and row.done < row.expected else ""
    ours = decimal_cell(number.value, digits, note=progress)
    return ours, change_cell(number.value - float(value), digits)


def number_lines_sheet(published: SideBySide, sheet: Sheet) -> Sheet | None:
    """A line per number of ours in a sheet that is too wide; None for a sheet without columns of numbers."""
    columns = [column for column in published.table.columns if sheet.index(number_column(column).key) is not None]
    if not columns:
        return None
    lines = []
    for row in published.rows:
        for column in columns:
            value, number = row.values[published.table.columns.index(column)], published.ours(row, column)
            if value is not None and number is not None:
                names = map(text_cell, (row.system, row.method, column.name))
                lines.append((*names, printed_cell(published.table, row, column), *_our_cells(number, value)))
    return Sheet(_NUMBER_LINES, tuple(lines))


def side_by_side_legend(published: SideBySide) -> list[tuple[str, str]]:
    """Names and texts: number of runs, meaning of the marks, differing conditions, and why numbers are missing."""
    runs = any(number.row is not None for number in published.numbers.values())
    what = "the mean over seeds, with as many digits as the paper prints" if runs else "what the files hold"
    lines = [("cells", f"published / ours / Δ; ours is {what}")] if published.numbers else []
    lines += [("published", _kinds(published)), *published_table_legend(published.table, published.rows)]
    lines += [(f"ours is of other {text}", ", ".join(who)) for text, who in _other_conditions(published).items()]
    sizes = _parameter_columns(published)
    if any(number.row is not None and name in sizes for (_, name), number in published.numbers.items()):
        lines.append(("our parameters", "the trained ones, without those that make vectors of pictures (ResNet-152)"))
    for reason, rows in published.missing.items():
        lines.append((f"no number of ours: {', '.join(dict.fromkeys(row.system for row in rows))}", reason))
    return lines


def _kinds(published: SideBySide) -> str:
    """`mean of 5`; with the systems where rows differ."""
    systems: dict[Kind, list[str]] = {}
    for row in published.rows:
        if kind := row.kind or published.table.kind:
            systems.setdefault(kind, []).append(row.system)
    if len(systems) < 2:
        return "".join(kind.value for kind in systems)
    return "; ".join(f"{kind.value}: {', '.join(dict.fromkeys(names))}" for kind, names in systems.items())


def _other_conditions(published: SideBySide) -> dict[str, list[str]]:
    """Systems whose numbers of ours were run under other conditions, by the conditions that differ."""
    systems: dict[str, dict[str, None]] = {}
    for (index, _), number in published.numbers.items():
        if number.others:
            systems.setdefault(", ".join(number.others), {})[published.table.rows[index].system] = None
    return {text: list(names) for text, names in systems.items()}


def _parameter_columns(published: SideBySide) -> set[str]:
    """Names of the columns that count parameters."""
    return {column.name for column in published.table.columns if column.metric is Metric.MILLION_PARAMETERS}
