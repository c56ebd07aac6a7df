"""The leaderboard as one tidy CSV file: a line per table, method and view; unrounded, scores as fractions."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from io import StringIO

from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.sheets import tidy_sheet
from mnerbench.reports.text.sheet import Cell, Column

# Text that a spreadsheet reads as a formula (OWASP, CSV injection), also after blanks, which some programs drop on
# import: signs, their full-width and small forms (U+FF0B, U+FE62, ...), the minus sign; and blanks that end a cell.
_FORMULA = re.compile(
    "[\t\n]|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
)
_TEXTS = {"method", "view", "state", "verdict", "picture_verdict"}
# The fields of columns with several numbers, and the part of the cell of each.
_PARTS = {
    "runs": {"done": "value", "expected": "whole"},
    "f1": {"f1_mean": "value", "f1_std": "error"},
    "difference": {"difference": "value", "difference_low": "low", "difference_high": "high"},
    "over_seeds": {"over_seeds": "value", "over_seeds_low": "low", "over_seeds_high": "high"},
    "seeds_and_tweets": {"seeds_and_tweets_low": "low", "seeds_and_tweets_high": "high"},
    "headroom": {"headroom": "value", "headroom_error": "error"},
}

Value = str | float | int | None


def csv_report(tables: Sequence[LeaderboardTable]) -> str:
    """All rows of all tables; a cell without a value is empty."""
    return csv_text(leaderboard_lines(tables))


def leaderboard_lines(tables: Sequence[LeaderboardTable]) -> list[dict[str, Value]]:
    """All rows of all tables, as values by column."""
    lines = []
    for number, table in enumerate(tables, start=1):
        sheet = tidy_sheet(table)
        lines += [_line(number, table, row, sheet.columns) for row in sheet.rows]
    return lines


def csv_text(lines: Sequence[Mapping[str, Value]]) -> str:
    """A file of lines, given by column; a value that is None is an empty cell."""
    columns = columns_of(lines)
    stream = StringIO()
    writer = csv.writer(stream)  # ends lines with CRLF (RFC 4180); with another end, cells with CR would not be quoted
    writer.writerow(map(_cell, columns))
    writer.writerows([_cell(line.get(name)) for name in columns] for line in lines)
    return stream.getvalue()


def columns_of(lines: Sequence[Mapping[str, Value]]) -> list[str]:
    """The columns of all lines, with the types, slices, error types and scorers of all tables in groups."""
    order = ("table", "f1_type.", "f1_slice.", "mistakes.", "tweets.", "f1_scorer.")
    columns = dict.fromkeys(name for line in lines for name in line)
    return sorted(columns, key=lambda name: next((n for n, start in enumerate(order) if name.startswith(start)), 0))


def _cell(value: Value) -> str:
    """A cell: numbers with all digits; text that a spreadsheet would execute after an apostrophe.

    Text is made printable, since CSV is also read in terminals; tabs and line feeds stay.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if _FORMULA.match(text) else text
    return repr(value)


def _line(number: int, table: LeaderboardTable, row: tuple[Cell, ...], columns: tuple[Column, ...]) -> dict[str, Value]:
    conditions = table.conditions
    line: dict[str, Value] = {"table": number, "data": conditions.dataset, "encoder": conditions.encoder}
    line |= {"protocol": conditions.protocol, "scorer": conditions.scorer}
    for column, cell in zip(columns, row, strict=True):
        line |= _fields(column.key, cell)
    return line


def _fields(key: str, cell: Cell) -> dict[str, Value]:
    """The fields of a cell, by name: its text, its number, or the parts of its number."""
    low, high = cell.interval or (None, None)
    parts = {"value": cell.value, "error": cell.error, "whole": cell.whole, "low": low, "high": high}
    if key in _TEXTS:
        return {key: cell.text}
    return {name: parts[part] for name, part in _PARTS.get(key, {key: "value"}).items()}
