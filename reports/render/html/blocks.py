"""Sections as a page shows them: cells with what they are sorted by and how they are shaded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mnerbench.reports.render.sections import Section
from mnerbench.reports.text.format import Sheet

_NUMBER = re.compile(r"([<>]?)([+-]?[\d,]*\.?\d+)(?:/(\d+))?(?: ([kM])\b)?")
_UNITS = {"k": 1e3, "M": 1e6}
_LEAST = 5.0  # points or mistakes between no shade and the strongest: noise should not look like a difference
_STRONGEST = 60  # percent of the heat colour in the most shaded cell: text stays readable on it


@dataclass(frozen=True)
class Cell:
    """A cell.

    Attributes:
        text: as it stands there.
        key: number that it is sorted by; None for words and where there is none.
        shade: of the heat colour, in percent; None for none.
    """

    text: str
    key: float | None = None
    shade: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a sheet.

    Attributes:
        cells: as many as there are columns.
        style: `baseline`, `weak`, `unfinished` or nothing.
        method, view: that it is about; None where the sheet has no such column.
    """

    cells: tuple[Cell, ...]
    style: str
    method: str | None
    view: str | None


@dataclass(frozen=True)
class Block:
    """A section with its lines; `numbers` says by column whether it holds numbers, `names` where its row is named."""

    section: Section
    lines: tuple[Line, ...]
    numbers: tuple[bool, ...]
    names: int

    @property
    def shaded(self) -> bool:
        """Whether any cell is: a column of equal numbers has no shades."""
        return any(cell.shade is not None for line in self.lines for cell in line.cells)


def block_of(section: Section) -> Block:
    """A section as a page shows it."""
    sheet = section.sheet
    numbers = tuple(place >= sheet.left or name == "#" for place, name in enumerate(sheet.columns))
    columns = [_column(sheet, place, number, section.shaded) for place, number in enumerate(numbers)]
    styles = section.styles or ("",) * len(sheet.rows)
    method, view = (sheet.columns.index(name) if name in sheet.columns else None for name in ("method", "view"))
    lines = tuple(
        Line(
            tuple(column[place] for column in columns),
            style,
            row[method] if method is not None else None,
            row[view] if view is not None else None,
        )
        for place, (row, style) in enumerate(zip(sheet.rows, styles, strict=True))
    )
    return Block(section, lines, numbers, method or 0)


def _column(sheet: Sheet, place: int, number: bool, shaded: bool) -> list[Cell]:
    texts = [row[place] for row in sheet.rows]
    keys = [sort_key(text) if number else None for text in texts]
    known = [key for key in keys if key is not None]
    low, high = (min(known), max(known)) if known and shaded else (0.0, 0.0)
    span = max(high - low, _LEAST)
    return [
        Cell(text, key, round(_STRONGEST * (key - low) / span) if key is not None and high > low else None)
        for text, key in zip(texts, keys, strict=True)
    ]


def sort_key(text: str) -> float | None:
    """The number a cell begins with: of `+0.31 [-0.12, +0.74]` 0.31, of `3/5` the share, of `<0.001` half of it."""
    found = _NUMBER.match(text)
    if found is None:
        return None
    sign, digits, whole, unit = found.groups()
    value = float(digits.replace(",", "")) * _UNITS.get(unit or "", 1.0)
    if whole is not None:
        return value / float(whole) if float(whole) else None
    return value / 2 if sign == "<" else value
