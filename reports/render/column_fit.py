"""Leaves columns out of a sheet that is wider than the terminal, so that names stay readable and no number is cut."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from mnerbench.datasets.untrusted.display import cell
from mnerbench.reports.text.format import format_cell
from mnerbench.reports.text.sheet import Sheet

_NAME = 24  # width above which names are folded before columns are left out
_PADDING = 2  # per column, and at the edges


def fit_columns(sheet: Sheet, width: int, optional: Sequence[str] = ()) -> tuple[Sheet, list[str]]:
    """The sheet without the columns for which there is no room, and their titles.

    Args:
        sheet: the sheet.
        width: of the terminal in characters.
        optional: keys of the columns that are left out first, in this order; then numbers are, from the right, but the
            first.
    """
    keys = [column.key for column in sheet.columns]
    numbers = [column.key for column in sheet.columns if column.numbers]
    candidates = [key for key in optional if key in keys]
    candidates += [key for key in reversed(numbers[1:]) if key not in candidates]
    titles = {column.key: column.title for column in sheet.columns}
    left_out: list[str] = []
    for key in candidates:
        if _width(sheet.select(keys)) <= width:
            break
        keys.remove(key)
        left_out.append(titles[key])
    return sheet.select(keys), left_out


def _width(sheet: Sheet) -> int:
    """The width of a printed sheet whose names are folded where they are long."""
    lines = [[column.title for column in sheet.columns], *([format_cell(value) for value in row] for row in sheet.rows)]
    if sheet.sizes:
        lines.append([format_cell(size) for size in sheet.sizes])
    widths = [max(cell_len(cell(text)) for text in column) for column in zip(*lines, strict=True)]
    natural = [size if column.numbers else min(size, _NAME) for size, column in zip(widths, sheet.columns, strict=True)]
    return sum(natural) + _PADDING * (len(natural) + 1)
