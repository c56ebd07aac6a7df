"""Across tables: what is left on another corpus (HamLearning, Table 4), and how scores grow with the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mnerbench.benchmark.results.spec import moved
from mnerbench.reports.analysis.row_text import score
from mnerbench.reports.analysis.runs import as_text
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.text.format import NONE, Sheet

_DIGITS = 6  # of a sha256 that tell datasets of one name apart
_SHORT = {"train": "train", "valid": "dev", "test": "test"}


def transfer_sheets(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, Sheet]]:
    """A line per method and view, a column per ordered pair of datasets; one sheet for each set of conditions.

    Yields:
        The conditions in short, and the sheet.
    """
    for title, group in _alike(tables, lambda known: known.train_tweets):
        if any(table.conditions.trained_on != table.conditions.tested_on for table in group):
            yield title, _sheet(dict(sorted(_pairs(group), key=lambda pair: pair[0])))


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
    known = [table.conditions for table in tables]
    trained = _told_apart([(one.trained_on, _trained(one)) for one in known])
    tested = _told_apart([(one.tested_on, {"test": _tested(one)}) for one in known], plain="test")
    for on, to, table in zip(trained, tested, tables, strict=True):
        yield moved(on, to), table


def _told_apart(datasets: Sequence[tuple[str, Mapping[str, str]]], plain: str = "train") -> list[str]:
    """Names of datasets, each with digits of the splits in which others of its name differ.

    Args:
        datasets: name, and sha256 by split.
        plain: the split whose digits need no name.
    """
    found = []
    for name, splits in datasets:
        digits = []
        for split, digest in splits.items():
            all_of = {other[split] for called, other in datasets if called == name and split in other}
            if len(all_of) > 1:
                length = _DIGITS if len({one[:_DIGITS] for one in all_of}) == len(all_of) else None
                digits.append(("" if split == plain else f"{_SHORT[split]} ") + digest[:length])
        found.append(f"{name} ({', '.join(digits)})" if digits else name)
    return found


def _trained(known: Conditions) -> dict[str, str]:
    """sha256 of the splits that a table's runs were trained with, by split; of a transfer also its unused test."""
    splits = ("train", "valid") if known.trained_on == known.tested_on else ("train", "valid", "test")
    return {split: known.fingerprints.get(split, "") for split in splits}


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
