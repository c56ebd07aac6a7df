"""A published table as its paper prints it, with marks at the numbers that have notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from mnerbench.reports.published.data import PublishedColumn, PublishedRow, PublishedTable
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Column, Sheet, name_column

PUBLISHED_ONLY = "published only"


def published_table_sheet(table: PublishedTable, methods: Collection[str] | None = None) -> Sheet:
    """The table's rows and columns in the order of print; `published_table_legend` explains the mark in `73.42 [1]`.

    Args:
        table: a table or figure of a paper.
        methods: the implemented methods; rows of others are marked as published only. None skips this check.
    """
    sections = any(row.section for row in table.rows)
    marks, rows = cell_marks(table), []
    for row in table.rows:
        names = ((row.section,) if sections else ()) + (row.system, _our_name(row, methods))
        numbers = (printed_cell(table, row, column, marks) for column in table.columns)
        rows.append((*map(text_cell, names), *numbers))
    head = (("section",) if sections else ()) + ("system", "our name")
    return Sheet((*map(name_column, head), *map(number_column, table.columns)), tuple(rows))


def number_column(column: PublishedColumn) -> Column:
    """A column of printed numbers."""
    return Column(f"number.{column.name}", column.name)


def printed_cell(
    table: PublishedTable, row: PublishedRow, column: PublishedColumn, marks: Mapping[str, int] | None = None
) -> Cell:
    """A number with the digits of print, and the marks of its notes; None for no marks."""
    value = row.values[table.columns.index(column)]
    if value is None:
        return decimal_cell(None)
    cited = (note.text for note in row.notes if column.name in note.columns)
    note = "".join(f" [{marks[text]}]" for text in cited) if marks is not None else ""
    return decimal_cell(float(value), decimals(value), note=note)


def decimals(value: Decimal) -> int:
    """The number of decimals of a printed number."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def published_table_legend(table: PublishedTable, rows: Sequence[PublishedRow] | None = None) -> list[tuple[str, str]]:
    """Names and texts: notes on the table and its marked numbers, and why rows can never run here.

    Args:
        table: a table or figure of a paper.
        rows: the rows to explain; None for all.
    """
    rows = table.rows if rows is None else rows
    texts = {note.text for row in rows for note in row.notes}
    lines = [("note", text) for text in table.notes]
    lines += [(f"[{mark}]", text) for text, mark in cell_marks(table).items() if text in texts]
    only = dict.fromkeys((row.system, row.published_only) for row in rows if row.published_only)
    return lines + [(f"{PUBLISHED_ONLY}: {system}", reason) for system, reason in only]


def cell_marks(table: PublishedTable) -> dict[str, int]:
    """The marks of the distinct notes on cells: numbers from 1, by the text of the note."""
    texts = dict.fromkeys(note.text for row in table.rows for note in row.notes)
    return {text: mark for mark, text in enumerate(texts, start=1)}


def _our_name(row: PublishedRow, methods: Collection[str] | None) -> str | None:
    unknown = methods is not None and row.method is not None and row.method not in methods
    return PUBLISHED_ONLY if row.published_only or unknown else row.method
