"""Markdown from plain text, and tables read from Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"([\\*_\[\]#])")
_CELL = re.compile(r"(?<!\\)\|")


def text(plain: str) -> str:
    """Escape plain text for Markdown; code between backquotes stays."""
    parts = _CODE.split(plain)
    return "".join(part if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(plain: str) -> str:
    return _SPECIAL.sub(r"\\\1", plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def code(plain: object) -> str:
    """Inline code; empty for an empty text."""
    return f"`{plain}`" if str(plain) else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A table of cells in Markdown.

    Args:
        header: cells of the first row.
        rows: rows of as many cells.
        right: indices of columns aligned to the right.
    """
    rule = ["---:" if index in right else "---" for index in range(len(header))]
    lines = [[_cell(item) for item in row] for row in (header, *rows)]
    lines.insert(1, rule)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(content: str) -> str:
    """One line, in which bars are no borders."""
    return _CELL.sub(r"\\|", " ".join(content.split()))


@dataclass(frozen=True)
class MarkdownTable:
    """A table of a page.

    Attributes:
        headings: the headings above it, from the page's title downwards.
        header: cells of the first row, in Markdown.
        rows: the other rows.
    """

    headings: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(page: str) -> Iterator[MarkdownTable]:
    """All tables of a Markdown page."""
    headings: list[str] = []
    block: list[tuple[str, ...]] = []
    for line in [*page.splitlines(), ""]:
        if line.startswith("|"):
            block.append(tuple(cell.strip() for cell in _CELL.split(line.strip().strip("|"))))
            continue
        if len(block) > 2:
            yield MarkdownTable(tuple(headings), block[0], tuple(block[2:]))
        block = []
        if match := re.match(r"(#+) (.*)", line):
            headings = [*headings[: len(match[1]) - 1], match[2]]


def named(cell: str) -> list[str]:
    """The names in code font in a cell; without any, the cell itself."""
    return re.findall(r"`([^`]+)`", cell) or [cell]
