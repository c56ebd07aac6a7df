"""Published numbers and ours as text: the table as printed, or one number a line."""

from __future__ import annotations

from decimal import Decimal

from mnerbench.reports.published.beside import Beside
from mnerbench.reports.published.data import PublishedColumn, PublishedRow
from mnerbench.reports.published.matching import Ours
from mnerbench.reports.published.measures import Kind, Metric
from mnerbench.reports.published.sheets import PUBLISHED_ONLY, cell_marks, published_table_lines
from mnerbench.reports.text.format import NONE, Sheet

# Columns of numbers that fit beside each other with ours, and how many of them where one dataset has more.
WIDEST, _PIECE = 8, 6


def beside_sheets(beside: Beside) -> list[Sheet]:
    """The table as printed, a row each; where we have a number, a cell is `published / ours / Δ`.

    One sheet, or where its columns are too many one for each dataset.
    """
    marks, rows = cell_marks(beside.table), beside.rows
    section, view = any(row.section for row in rows), any(row.view for row in rows)
    head = (*(("section",) if section else ()), "system", "our method", *(("view",) if view else ()))
    sheets = []
    for columns in _blocks(beside):
        lines = []
        for row in rows:
            names = [
                *([row.section] if section else []),
                row.system,
                _our_name(row),
                *([row.view or NONE] if view else []),
            ]
            lines.append((*names, *(_cell(beside, row, column, marks) for column in columns)))
        sheets.append(Sheet((*head, *(column.name for column in columns)), len(head), tuple(lines)))
    return sheets


def _blocks(beside: Beside) -> list[list[PublishedColumn]]:
    """Columns that hold numbers, in blocks that are narrow enough; one empty block where no column does."""
    kept = [
        column
        for place, column in enumerate(beside.table.columns)
        if any(row.values[place] is not None for row in beside.rows)
    ]
    if len(kept) <= WIDEST:
        return [kept]
    by_data: dict[tuple[str | None, str | None], list[PublishedColumn]] = {}
    for column in kept:
        by_data.setdefault((column.trained_on, column.dataset), []).append(column)
    return [
        block[start : start + size]
        for block in by_data.values()
        for size in [len(block) if len(block) <= WIDEST else _PIECE]
        for start in range(0, len(block), size)
    ]


def _our_name(row: PublishedRow) -> str:
    return PUBLISHED_ONLY if row.published_only else row.method or NONE


def _cell(beside: Beside, row: PublishedRow, column: PublishedColumn, marks: dict[str, int]) -> str:
    value = row.values[beside.table.columns.index(column)]
    if value is None:
        return NONE
    noted = "".join(f" [{marks[note.text]}]" for note in row.notes if column.name in note.columns)
    number = beside.ours(row, column)
    return f"{value:,}{noted}" + ("" if number is None else " / " + " / ".join(_texts(number, value)))


def _texts(number: Ours, value: Decimal) -> tuple[str, str]:
    """Ours and the difference, with as many digits as the paper prints."""
    exponent = value.as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    own, difference = f"{number.value:,.{digits}f}", f"{number.value - float(value):+,.{digits}f}"
    row = number.row
    part = f" ({row.done}/{row.expected})" if row is not None and row.done < row.expected else ""
    return own + part, difference if difference.strip("+-0.,") else difference[1:]


def beside_numbers(beside: Beside, sheet: Sheet) -> Sheet | None:
    """One line for each number of ours in a sheet, where it has no room; None where it is not of numbers."""
    if len(sheet.columns) == sheet.left:
        return None
    lines = []
    for row in beside.rows:
        for column in (one for one in beside.table.columns if one.name in sheet.columns[sheet.left :]):
            value, number = row.values[beside.table.columns.index(column)], beside.ours(row, column)
            if value is not None and number is not None:
                lines.append((row.system, row.method or NONE, column.name, f"{value:,}", *_texts(number, value)))
    return Sheet(("system", "our method", "what", "published", "ours", "Δ"), 3, tuple(lines))


def beside_lines(beside: Beside) -> list[tuple[str, str]]:
    """What a reader has to know: of how many runs the numbers are, what the marks mean, what is not ours and why."""
    runs = any(number.row is not None for number in beside.found.values())
    what = "the mean over seeds, with as many digits as the paper prints" if runs else "what the files hold"
    lines = [("cells", f"published / ours / Δ; ours is {what}")] if beside.found else []
    lines += [("published", _kinds(beside)), *published_table_lines(beside.table, beside.rows)]
    lines += [(f"ours is of other {text}", ", ".join(who)) for text, who in _others(beside).items()]
    if any(number.row is not None and name in _sizes(beside) for (_, name), number in beside.found.items()):
        lines.append(("our parameters", "the trained ones, without those that make vectors of pictures (ResNet-152)"))
    for reason, rows in beside.missing.items():
        lines.append((f"no number of ours: {', '.join(dict.fromkeys(row.system for row in rows))}", reason))
    return lines


def _kinds(beside: Beside) -> str:
    """`mean of 5`; where rows differ, with their systems."""
    found: dict[Kind, list[str]] = {}
    for row in beside.rows:
        if kind := row.kind or beside.table.kind:
            found.setdefault(kind, []).append(row.system)
    if len(found) < 2:
        return "".join(kind.value for kind in found)
    return "; ".join(f"{kind.value}: {', '.join(dict.fromkeys(names))}" for kind, names in found.items())


def _others(beside: Beside) -> dict[str, list[str]]:
    """The systems beside which runs under other conditions stand, by what is other."""
    found: dict[str, dict[str, None]] = {}
    for (place, _), number in beside.found.items():
        if number.others:
            found.setdefault(", ".join(number.others), {})[beside.table.rows[place].system] = None
    return {text: list(names) for text, names in found.items()}


def _sizes(beside: Beside) -> set[str]:
    """Names of columns of parameters."""
    return {column.name for column in beside.table.columns if column.metric is Metric.MILLION_PARAMETERS}
