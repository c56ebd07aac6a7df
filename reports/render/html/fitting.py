"""Extent of each table on a page, so that browsers can open the page of a large results folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

MOST_BYTES = 14_000_000  # of all tables with their tweets; the rest of a page is far below one million
MOST_ROWS = 1000  # of a table, the best ones


class Extent(Enum):
    """How much of a table is shown. `BRIEF`: results, tests and conditions. `LISTED`: the title."""

    FULL = auto()
    BRIEF = auto()
    LISTED = auto()


@dataclass(frozen=True)
class Article:
    """The HTML of a table.

    Attributes:
        html: markup.
        extent: how much of the table is shown.
        data: its tweets as JSON; None without tweets.
    """

    html: str
    extent: Extent = Extent.FULL
    data: str | None = None

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self.html.encode("utf-8", "replace")) + len(self.data or "")


def fitted(count: int, render: Callable[[int, Extent], Article], most: int | None) -> list[Article]:
    """Render as many tables as possible in full, from the first, and the others briefly, or listed if necessary.

    Args:
        count: number of tables.
        render: renders a table by index and extent; called in full only for the tables shown in full, and one more.
        most: maximum size of all tables in bytes; None for no limit.
    """
    full: list[Article] = []
    used = expected = 0
    for index in range(count):
        article = render(index, Extent.FULL)
        if not index and most is not None and article.size * count > most:
            expected = render(0, Extent.BRIEF).size
        if most is not None and used + article.size + expected * (count - index - 1) > most:
            break
        full.append(article)
        used += article.size
    if most is None or len(full) == count:
        return full
    rest = [render(index, Extent.BRIEF) for index in range(len(full), count)]
    total = used + sum(article.size for article in rest)
    while full and total > most:
        total -= full.pop().size
        rest.insert(0, render(len(full), Extent.BRIEF))
        total += rest[0].size
    for index in range(count - 1, 0, -1):
        if total <= most:
            break
        total -= rest[index].size
        rest[index] = render(index, Extent.LISTED)
        total += rest[index].size
    return full + rest


def left_out(articles: list[Article]) -> str | None:
    """A sentence on what a page leaves out, and how to include it; None for a complete page."""
    brief, listed = (sum(article.extent is extent for article in articles) for extent in (Extent.BRIEF, Extent.LISTED))
    if not brief and not listed:
        return None
    parts = [f"the details of {brief:,} (types, slices, mistakes, costs, curves, tweets)"] if brief else []
    parts += [f"all but the names of {listed:,}"] if listed else []
    return (
        f"To stay small, this page leaves out {' and '.join(parts)} of its {len(articles):,} tables. "
        "`benchmark report --format html --whole` leaves nothing out; `--suite NAME` shows the tables of one suite."
    )
