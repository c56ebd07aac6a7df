"""The items of a checklist, and what several of them need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.cells import decimal_cell
from mnerbench.reports.text.sheet import Cell, Sheet

NOT_RECORDED = "not recorded"
_HOUR = 3600


@dataclass(frozen=True)
class Item:
    """A question of a reviewer with its answer.

    Attributes:
        question: what is asked.
        answers: sentences.
        sheet: numbers; None without any.
        recorded: whether the records answer it; if they do not, or only in part, the authors have to.
    """

    question: str
    answers: tuple[str, ...] = ()
    sheet: Sheet | None = None
    recorded: bool = True


@dataclass(frozen=True)
class Topic:
    """Items on one subject."""

    title: str
    items: tuple[Item, ...]


def missing(what: str) -> str:
    """A sentence that says that the records do not answer a question."""
    return f"{NOT_RECORDED}: {what}"


def hours(seconds: float | None) -> str:
    """A duration for sentences: `2.5 h`, `3.2 min` or `12 s`."""
    if seconds is None:
        return NOT_RECORDED
    if seconds >= _HOUR:
        return f"{seconds / _HOUR:,.1f} h"
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"


@dataclass(frozen=True)
class TimeUnit:
    """The unit of the durations of a sheet: minutes if all are below an hour."""

    name: str
    seconds: int

    @classmethod
    def of(cls, durations: Iterable[float | None]) -> TimeUnit:
        """The unit that suits the longest of some durations in seconds."""
        return cls("h", _HOUR) if max(filter(None, durations), default=0) >= _HOUR else cls("min", 60)

    def cell(self, duration: float | None) -> Cell:
        """A duration in seconds as a cell of this unit."""
        return decimal_cell(None if duration is None else duration / self.seconds, 2)


def amount(number: int, what: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(values: Iterable[object], last: str = "and") -> str:
    """`0, 1 and 2`."""
    texts = list(map(str, values))
    return f" {last} ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def by_text(named: Iterable[tuple[str, str]]) -> list[str]:
    """`a, b: text`: names with the same text share a sentence."""
    names: dict[str, list[str]] = {}
    for name, text in named:
        names.setdefault(text, []).append(name)
    return [f"{', '.join(dict.fromkeys(same))}: {text}" for text, same in names.items()]


def table_names(tables: Sequence[LeaderboardTable]) -> list[str]:
    """The datasets of the tables, with encoder and protocol where several tables are on the same data."""
    data = [table.conditions.dataset for table in tables]
    return data if len(set(data)) == len(data) else [heading(table) for table in tables]


def seeds_text(seeds: Iterable[int]) -> str | None:
    """`0 to 9`, or `0, 3 and 7`; None without seeds."""
    numbers = sorted(seeds)
    consecutive = len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1))
    return span(numbers) if consecutive else listed(numbers) or None


def span(values: Sequence[int]) -> str | None:
    """`5`, `3 to 9`, or None without values."""
    if not values:
        return None
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
