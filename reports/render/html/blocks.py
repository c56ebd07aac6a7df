"""Sections of a page: formatted cells with sort keys and shades."""

from __future__ import annotations

from dataclasses import dataclass

from mnerbench.reports.render.rank_diagram import RankDiagram, rank_diagram
from mnerbench.reports.render.section import Section
from mnerbench.reports.text.format import format_cell, shown_value
from mnerbench.reports.text.sheet import Cell

_LEAST = 5.0  # minimum range of a column between no shade and the strongest, so that noise stays invisible
_STRONGEST = 60  # percent of the heat colour in the most shaded cell, so that text stays readable


@dataclass(frozen=True)
class ShownCell:
    """A cell of a page.

    Attributes:
        text: of the cell.
        key: number to sort by; None for text.
        shade: of the heat colour, in percent; None for none, as in controls and methods that count words.
    """

    text: str
    key: str | None = None
    shade: int | None = None


@dataclass(frozen=True)
class Line:
    """A line of a sheet.

    Attributes:
        cells: one per column.
        style: `baseline`, `weak`, `unfinished` or the empty string.
        method, view: of the line; None if the sheet has no such column.
    """

    cells: tuple[ShownCell, ...]
    style: str
    method: str | None
    view: str | None


@dataclass(frozen=True)
class Block:
    """A section with its lines.

    Attributes:
        section: the section.
        lines: of its sheet.
        sizes: numbers of gold entities below the headings; empty where they do not apply.
        names: index of the column of row headers.
        ranks: a critical-difference diagram; None without one.
    """

    section: Section
    lines: tuple[Line, ...]
    sizes: tuple[str, ...]
    names: int
    ranks: RankDiagram | None = None

    @property
    def shaded(self) -> bool:
        """Whether any cell is shaded; cells of a column of equal numbers are not."""
        return any(cell.shade is not None for line in self.lines for cell in line.cells)


def block_of(section: Section) -> Block:
    """Format the cells of a section, and add sort keys and shades."""
    sheet, names = section.sheet, section.sheet.index("method")
    styles = section.styles or ("",) * len(sheet.rows)
    counted = [section.shaded and style != "weak" for style in styles]
    columns = [_column([row[index] for row in sheet.rows], counted) for index in range(len(sheet.columns))]
    lines = tuple(
        Line(tuple(column[index] for column in columns), style, _text(row, names), _text(row, sheet.index("view")))
        for index, (row, style) in enumerate(zip(sheet.rows, styles, strict=True))
    )
    ranks = rank_diagram(section.ranks) if section.ranks is not None else None
    return Block(section, lines, tuple(map(format_cell, sheet.sizes)), names or 0, ranks)


def _text(row: tuple[Cell, ...], index: int | None) -> str | None:
    """The text of a cell without its note; a dash for none, None without the column."""
    return format_cell(row[index]).removesuffix(row[index].note) if index is not None else None


def _column(cells: list[Cell], shaded: list[bool]) -> list[ShownCell]:
    """Format a column, and shade those cells that are to be shaded; the others do not affect the shades."""
    keys = [shown_value(cell) for cell in cells]
    values = [key for key, counts in zip(keys, shaded, strict=True) if key is not None and counts]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    span = max(high - low, _LEAST)
    return [
        ShownCell(
            text=format_cell(cell),
            key=f"{key:.9g}" if key is not None else None,
            shade=round(_STRONGEST * (key - low) / span) if key is not None and counts and high > low else None,
        )
        for cell, key, counts in zip(cells, keys, shaded, strict=True)
    ]
