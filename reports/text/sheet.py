"""Sheets: tables of typed cells, which renderers format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a cell holds, which decides its format: text, or a number in some unit."""

    TEXT = auto()
    DECIMAL = auto()  # as it is
    CHANGE = auto()  # as it is, with a sign
    SHARE = auto()  # a fraction, in percent
    POINTS = auto()  # a difference of fractions, in percentage points with a sign
    P = auto()
    PARAMETERS = auto()
    SECONDS = auto()
    BYTES = auto()
    PROGRESS = auto()  # `value` of `whole`


class Mark(Enum):
    """A verdict on the number of a cell; renderers that have no sign for it ignore it."""

    BETTER = auto()
    WORSE = auto()
    EQUIVALENT = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Attributes:
        kind: what the cell holds.
        value: unrounded number; None without one, and for text.
        text: of a cell of kind `TEXT`; None without one.
        error: standard deviation or standard error, in the unit of `value`.
        interval: 95 % confidence interval, in the unit of `value`.
        whole: expected count of a cell of kind `PROGRESS`.
        digits: decimals of the kinds `DECIMAL`, `CHANGE` and `SHARE`.
        note: printed after the number or text.
        marks: verdicts on the number.
        more: further cells at the same position, printed after a slash.
    """

    kind: Kind
    value: float | None = None
    text: str | None = None
    error: float | None = None
    interval: tuple[float, float] | None = None
    whole: int | None = None
    digits: int = 2
    note: str = ""
    marks: frozenset[Mark] = frozenset()
    more: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes:
        key: name of the column, unique in its sheet.
        title: heading.
        names: whether the column names the row.
        numbers: whether the column is aligned and sorted as numbers.
    """

    key: str
    title: str
    names: bool = False
    numbers: bool = True


@dataclass(frozen=True)
class Sheet:
    """A table of cells.

    Attributes:
        columns: in the order of print.
        rows: a cell per column.
        sizes: numbers of gold entities, printed below the headings; empty where they do not apply.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sizes: tuple[Cell, ...] = ()

    def index(self, key: str) -> int | None:
        """The index of a column; None if the sheet has no such column."""
        return next((index for index, column in enumerate(self.columns) if column.key == key), None)

    def select(self, keys: Iterable[str]) -> Sheet:
        """The sheet with these columns only, in this order.

        Raises:
            KeyError: the sheet has no such column.
        """
        by_key = {column.key: index for index, column in enumerate(self.columns)}
        indices = [by_key[key] for key in keys]

        def part(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
            return tuple(cells[index] for index in indices) if cells else ()

        return Sheet(tuple(self.columns[index] for index in indices), tuple(map(part, self.rows)), part(self.sizes))


def name_column(key: str, title: str | None = None) -> Column:
    """A column that names the row; its title defaults to its key."""
    return Column(key, key if title is None else title, names=True, numbers=False)
