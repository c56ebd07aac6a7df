"""Sheets across tables: transfer to other corpora (HamLearning, Table 4), and scores by size of the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mnerbench.benchmark.results.spec import transfer_label
from mnerbench.reports.analysis.row_text import score_cell
from mnerbench.reports.analysis.runs import EQUAL, as_text
from mnerbench.reports.analysis.table_data import Conditions, LeaderboardTable
from mnerbench.reports.text.cells import text_cell
from mnerbench.reports.text.sheet import Column, Sheet, name_column

_DIGITS = 6  # of a sha256 that tell datasets of one name apart
_SHORT = {"train": "train", "valid": "dev", "test": "test"}


def transfer_sheets(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, Sheet]]:
    """A line per method and view, a column per ordered pair of datasets; one sheet per set of conditions.

    Yields:
        The main conditions as text, and the sheet.
    """
    for title, group in group_tables(_whole(tables), lambda conditions: conditions.train_tweets):
        if any(table.conditions.trained_on != table.conditions.tested_on for table in group):
            yield title, _sheet(dict(sorted(_pairs(group), key=lambda pair: pair[0])))


def learning_sheets(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, Sheet]]:
    """A line per method and view, a column per size of the training set; one sheet per dataset and conditions.

    Yields:
        Dataset and main conditions as text, and the sheet.
    """
    for title, group in group_tables(_whole(tables), lambda c: (c.trained_on, c.tested_on, dict(c.fingerprints))):
        sizes = {table.conditions.train_tweets: table for table in group}
        if len(sizes) > 1:
            ordered = sorted(sizes, key=lambda size: (size is None, size))
            headings = {f"{size:,} tweets" if size is not None else "all tweets": sizes[size] for size in ordered}
            yield f"{group[0].conditions.dataset.split(' (')[0]}, {title}", _sheet(headings)


def _whole(tables: Sequence[LeaderboardTable]) -> list[LeaderboardTable]:
    """Tables of whole test splits; partial ones stand alone."""
    return [table for table in tables if table.conditions.limit_test is None]


def _pairs(tables: Sequence[LeaderboardTable]) -> Iterator[tuple[str, LeaderboardTable]]:
    """`twitter17 → twitter15` and its table, with digits of the fingerprint where two datasets have the same name."""
    conditions = [table.conditions for table in tables]
    trained = _distinct_names([(c.trained_on, _training_fingerprints(c)) for c in conditions])
    tested = _distinct_names([(c.tested_on, {"test": _test_fingerprint(c)}) for c in conditions], plain="test")
    for on, to, table in zip(trained, tested, tables, strict=True):
        yield transfer_label(on, to), table


def _distinct_names(datasets: Sequence[tuple[str, Mapping[str, str]]], plain: str = "train") -> list[str]:
    """Names of datasets, with digits of the splits in which datasets of the same name differ.

    Args:
        datasets: name, and sha256 by split.
        plain: the split whose digits are not labelled.
    """
    names = []
    for name, splits in datasets:
        digits = []
        for split, digest in splits.items():
            versions = {other[split] for other_name, other in datasets if other_name == name and split in other}
            if len(versions) > 1:
                length = _DIGITS if len({version[:_DIGITS] for version in versions}) == len(versions) else None
                digits.append(("" if split == plain else f"{_SHORT[split]} ") + digest[:length])
        names.append(f"{name} ({', '.join(digits)})" if digits else name)
    return names


def _training_fingerprints(conditions: Conditions) -> dict[str, str]:
    """sha256 by split of the training data; of a transfer also the unused test split."""
    splits = ("train", "valid") if conditions.trained_on == conditions.tested_on else ("train", "valid", "test")
    return {split: conditions.fingerprints.get(split, "") for split in splits}


def _test_fingerprint(conditions: Conditions) -> str:
    """sha256 of the test split that was scored."""
    return conditions.fingerprints.get(f"test@{conditions.tested_on}") or conditions.fingerprints["test"]


def group_tables(
    tables: Sequence[LeaderboardTable], key: Callable[[Conditions], object]
) -> Iterator[tuple[str, list[LeaderboardTable]]]:
    """Tables with the same encoder, protocol, `key` and, under the protocol `equal`, training settings.

    Yields:
        Encoder and protocol as text, and the tables.
    """
    groups: dict[str, list[LeaderboardTable]] = {}
    for table in tables:
        conditions = table.conditions
        if conditions.tested_on:
            training = dict(conditions.training) if conditions.protocol == EQUAL else {}
            shared = [conditions.encoder_digest, conditions.protocol, training, key(conditions)]
            groups.setdefault(as_text(shared), []).append(table)
    for group in groups.values():
        conditions = group[0].conditions
        protocol = f"protocol {conditions.protocol}" if conditions.protocol else None
        yield " · ".join(filter(None, (conditions.encoder, protocol))), group


def _sheet(columns: dict[str, LeaderboardTable]) -> Sheet:
    """A line per method and view, without controls: a wrong picture on another corpus adds no information."""
    keys = dict.fromkeys(
        (row.method, row.view)
        for table in columns.values()
        for row in table.rows
        if row.f1 is not None and not row.control
    )
    row_maps = [{(row.method, row.view): row for row in table.rows} for table in columns.values()]
    rows = tuple(
        (
            text_cell(key[0]),
            text_cell(key[1]),
            *(score_cell(by_key[key]) if key in by_key else text_cell(None) for by_key in row_maps),
        )
        for key in sorted(keys, key=str)
    )
    titles = (Column(f"data.{title}", title) for title in columns)
    return Sheet((name_column("method"), name_column("view"), *titles), rows)
