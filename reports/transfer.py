"""Across tables: what is left on another corpus (HamLearning, Table 4), and how scores grow with the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mnerbench.benchmark.spec import moved
from mnerbench.reports.cells import NONE, Sheet, score
from mnerbench.reports.runs import as_text
from mnerbench.reports.tables import Conditions, LeaderboardTable


def transfer_sheets(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, Sheet]]:
    """A line per method and view, a column per ordered pair of datasets; one sheet for each set of conditions.

    Yields:
        The conditions in short, and the sheet.
    """
    for title, group in _alike(tables, lambda known: known.train_tweets):
        if any(table.conditions.trained_on != table.conditions.tested_on for table in group):
            yield title, _sheet(dict(sorted(_pairs(group))))


def learning_sheets(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, Sheet]]:
    """A line per method and view, a column per size of the training set; one sheet per dataset and conditions.

    Yields:
        Dataset and conditions in short, and the sheet.
    """
    for title, group in _alike(tables, lambda known: (known.trained_on, known.tested_on, dict(known.fingerprints))):
        sizes = {table.conditions.train_tweets: table for table in group}
        if len(sizes) > 1:
            ordered = sorted(sizes, key=lambda size: (size is None, size))
            headings = {f"{size:,} tweets" if size is not None else "all tweets": sizes[size] for size in ordered}
            yield f"{group[0].conditions.dataset.split(' (')[0]}, {title}", _sheet(headings)


def _pairs(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, LeaderboardTable]]:
    """`twitter17 → twitter15` and its table; with digits of the content where two datasets go by one name."""
    trained = [(known.trained_on, known.fingerprints.get("train", "")[:6]) for known in _conditions(tables)]
    tested = [(known.tested_on, _tested(known)[:6]) for known in _conditions(tables)]
    for number, table in enumerate(tables):
        names = []
        for side in (trained, tested):
            name, digest = side[number]
            several = len({other for other in side if other[0] == name}) > 1
            names.append(f"{name} ({digest})" if several else name)
        yield moved(*names), table


def _conditions(tables: Sequence[LeaderboardTable]) -> list[Conditions]:
    return [table.conditions for table in tables]


def _tested(known: Conditions) -> str:
    """sha256 of the test split that was scored."""
    return known.fingerprints.get(f"test@{known.tested_on}") or known.fingerprints["test"]


def _alike(
    tables: Sequence[LeaderboardTable], what: Callable[[Conditions], object]
) -> Iterator[tuple[str, list[LeaderboardTable]]]:
    """Tables that differ in their data alone, and agree in `what` of it."""
    groups: dict[str, list[LeaderboardTable]] = {}
    for table in tables:
        known = table.conditions
        if known.tested_on:
            key = as_text([known.encoder_digest, known.protocol, dict(known.training), what(known)])
            groups.setdefault(key, []).append(table)
    for group in groups.values():
        known = group[0].conditions
        yield " · ".join(filter(None, (known.encoder, f"protocol {known.protocol}" if known.protocol else None))), group


def _sheet(columns: dict[str, LeaderboardTable]) -> Sheet:
    """Controls are left out: a wrong picture on another corpus tells nothing new."""
    places = dict.fromkeys(
        (row.method, row.view)
        for table in columns.values()
        for row in table.rows
        if row.f1 is not None and not row.control
    )
    found = [{(row.method, row.view): row for row in table.rows} for table in columns.values()]
    rows = tuple(
        (method, view or NONE, *(score(rows[place]) if (place := (method, view)) in rows else NONE for rows in found))
        for method, view in sorted(places, key=str)
    )
    return Sheet(("method", "view", *columns), 2, rows)
