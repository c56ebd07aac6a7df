"""How much of each table a page shows, so that the page of a large results folder can still be opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

# Of all tables with their tweets; the rest of a page takes far less than a million.
MOST_BYTES = 14_000_000
# Of one table, the best ones.
MOST_ROWS = 1000


class Extent(Enum):
    """How much of a table is shown. `BRIEF`: its results, tests and conditions. `LISTED`: that it is there."""

    FULL = auto()
    BRIEF = auto()
    LISTED = auto()


@dataclass(frozen=True)
class Article:
    """A table as a page shows it.

    Attributes:
        html: its markup.
        extent: how much of it that is.
        data: its tweets, as JSON; None for none.
    """

    html: str
    extent: Extent = Extent.FULL
    data: str | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.html.encode("utf-8", "replace")) + len(self.data or "")


def fitted(count: int, render: Callable[[int, Extent], Article], most: int | None) -> list[Article]:
    """As many tables as possible in full, the first ones first, the others briefly, and listed where that is too much.

    Args:
        count: of tables.
        render: gives a table, by its place and extent; what is not shown in full is not rendered in full.
        most: bytes of all together; None for no bound.
    """
    full: list[Article] = []
    used = expected = 0
    for place in range(count):
        article = render(place, Extent.FULL)
        if not place and most is not None and article.size * count > most:
            expected = render(0, Extent.BRIEF).size
        if most is not None and used + article.size + expected * (count - place - 1) > most:
            break
        full.append(article)
        used += article.size
    if most is None or len(full) == count:
        return full
    rest = [render(place, Extent.BRIEF) for place in range(len(full), count)]
    total = used + sum(article.size for article in rest)
    while full and total > most:
        total -= full.pop().size
        rest.insert(0, render(len(full), Extent.BRIEF))
        total += rest[0].size
    for place in range(count - 1, 0, -1):
        if total <= most:
            break
        total -= rest[place].size
        rest[place] = render(place, Extent.LISTED)
        total += rest[place].size
    return full + rest


def left_out(articles: list[Article]) -> str | None:
    """What a page leaves out, in a sentence, and how to have it; None for nothing."""
    brief, listed = (sum(one.extent is extent for one in articles) for extent in (Extent.BRIEF, Extent.LISTED))
    if not brief and not listed:
        return None
    parts = [f"the details of {brief:,} (intervals, types, slices, mistakes, costs, curves, tweets)"] if brief else []
    parts += [f"all but the names of {listed:,}"] if listed else []
    return (
        f"To stay small, this page leaves out {' and '.join(parts)} of its {len(articles):,} tables. "
        "`benchmark report --format html --whole` leaves nothing out; `--suite NAME` shows the tables of one suite."
    )
