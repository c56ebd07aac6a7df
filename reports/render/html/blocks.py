"""Sections of a page: cells with sort keys and shades."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mnerbench.reports.render.sections import Section
from mnerbench.reports.text.format import Sheet

_NUMBER = re.compile(r"([<>]?)([+-]?[\d,]*\.?\d+)(?:/(\d+))?(?: ([kM])\b)?")
_UNITS = {"k": 1e3, "M": 1e6}
_LEAST = 5.0  # minimum range of a column between no shade and the strongest, so that noise stays invisible
_STRONGEST = 60  # percent of the heat colour in the most shaded cell, so that text stays readable


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: of the cell.
        key: number to sort by; None for text.
        shade: of the heat colour, in percent; None for none.
    """

    text: str
    key: float | None = None
    shade: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a sheet.

    Attributes:
        cells: one per column.
        style: `baseline`, `weak`, `unfinished` or the empty string.
        method, view: of the line; None if the sheet has no such column.
    """

    cells: tuple[Cell, ...]
    style: str
    method: str | None
    view: str | None


@dataclass(frozen=True)
class Block:
    """A section with its lines.

    Attributes:
        section: the section.
        lines: of its sheet.
        numbers: whether a column holds numbers, by column.
        names: index of the column of row headers.
    """

    section: Section
    lines: tuple[Line, ...]
    numbers: tuple[bool, ...]
    names: int

    @property
    def shaded(self) -> bool:
        """Whether any cell is shaded; cells of a column of equal numbers are not."""
        return any(cell.shade is not None for line in self.lines for cell in line.cells)


def block_of(section: Section) -> Block:
    """Add sort keys and shades to a section."""
    sheet = section.sheet
    numbers = tuple(index >= sheet.left or name == "#" for index, name in enumerate(sheet.columns))
    columns = [_column(sheet, index, number, section.shaded) for index, number in enumerate(numbers)]
    styles = section.styles or ("",) * len(sheet.rows)
    method, view = (sheet.columns.index(name) if name in sheet.columns else None for name in ("method", "view"))
    lines = tuple(
        Line(
            tuple(column[index] for column in columns),
            style,
            row[method] if method is not None else None,
            row[view] if view is not None else None,
        )
        for index, (row, style) in enumerate(zip(sheet.rows, styles, strict=True))
    )
    return Block(section, lines, numbers, method or 0)


def _column(sheet: Sheet, index: int, number: bool, shaded: bool) -> list[Cell]:
    texts = [row[index] for row in sheet.rows]
    keys = [sort_key(text) if number else None for text in texts]
    values = [key for key in keys if key is not None]
    low, high = (min(values), max(values)) if values and shaded else (0.0, 0.0)
    span = max(high - low, _LEAST)
    return [
        Cell(text, key, round(_STRONGEST * (key - low) / span) if key is not None and high > low else None)
        for text, key in zip(texts, keys, strict=True)
    ]


def sort_key(text: str) -> float | None:
    """The number at the start of a cell: 0.31 of `+0.31 [-0.12, +0.74]`, the share of `3/5`, half of `<0.001`."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    sign, digits, whole, unit = match.groups()
    value = float(digits.replace(",", "")) * _UNITS.get(unit or "", 1.0)
    if whole is not None:
        return value / float(whole) if float(whole) else None
    return value / 2 if sign == "<" else value
