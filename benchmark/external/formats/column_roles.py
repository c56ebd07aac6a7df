"""Determines which columns hold words, gold labels and predictions, from their headers or their content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from mnerbench.benchmark.external.labels import label_like
from mnerbench.benchmark.external.predicted import ReadingOptions, Reference
from mnerbench.benchmark.external.roles import Role, role_of
from mnerbench.datasets.errors import DataError, suggestion

_SURE = 0.98  # minimal share of a column's cells that look like labels
_REMEDY = "--predicted N names the column of the predictions (from 1), or write a header: word, gold, predicted"
Cells = tuple[str, ...]  # the cells of a line


class _Rows(Protocol):
    """The rows of a tweet."""

    @property
    def rows(self) -> Sequence[Cells]: ...


@dataclass(frozen=True)
class Table:
    """The full rows of a file.

    Attributes:
        groups: rows by tweet, re-read in each pass; some may have other widths.
        width: number of cells of a full row.
        columns: frequencies of each column's cells; a file of millions of words has few distinct ones.
    """

    groups: Iterable[_Rows]
    width: int
    columns: Sequence[Counter[str]]

    def __iter__(self) -> Iterator[list[Cells]]:
        """Full rows by tweet."""
        for group in self.groups:
            yield [row for row in group.rows if len(row) == self.width]

    def cells(self, index: int) -> Iterator[str]:
        """The cells of a column from top to bottom."""
        return (row[index] for tweet in self for row in tweet)


@dataclass(frozen=True)
class Columns:
    """Column indices by content, from 0; None if the file has no such column."""

    words: int | None
    predicted: int
    gold: int | None = None
    tweet: int | None = None
    decisions: list[str] = field(default_factory=list)


def header_of(row: Sequence[str]) -> list[str] | None:
    """The column names if a row is a header (it names words and labels and contains no label), else None."""
    if any(label_like(cell) for cell in row):
        return None
    roles = [role_of(cell) for cell in row]
    labels = sum(role in {Role.PREDICTED, Role.GOLD, Role.LABELS} for role in roles)
    words = sum(role in {Role.WORDS, Role.TEXT, Role.ID} for role in roles)
    return list(row) if labels and (words or labels == len(row) > 1) else None


def name_columns(
    name: str,
    table: Table,
    header: Sequence[str] | None,
    options: ReadingOptions,
    reference: Reference,
) -> Columns:
    """Determine the content of the columns.

    Args:
        name: name of the file, for errors.
        table: full rows of each tweet.
        header: column names, or None.
        options: may name the column of predictions.
        reference: the split, whose words identify the column of words.

    Raises:
        DataError: no column can be the predictions, or several can.
    """
    columns = table.columns if any(table.columns) else ()
    width = len(columns)
    roles = _header_roles(header, width) if header is not None else {}
    labels = [index for index in range(width) if _are_labels(columns[index], reference)]
    numbers = [index for index in range(width) if index not in roles and _is_index(table, index, columns)]
    tweet = next((index for index in _by_role(roles, Role.ID, Role.TEXT) if _is_tweet(table, index)), None)
    if tweet is None and width > 2:
        tweet = next(
            (index for index in range(width) if index not in roles and _is_tweet_number(table, index, columns[index])),
            None,
        )
    skipped = {*numbers, *_by_role(roles, Role.ID, Role.OTHER, Role.IMAGE), *((tweet,) if tweet is not None else ())}
    words = _words(columns, roles, skipped, labels, reference)
    candidates = [index for index in labels if index != words and index not in skipped]
    rest = [index for index in range(width) if index not in {words, *skipped} and not _are_scores(columns[index])]
    # The last column is the predictions even if it does not look like labels; reading its labels then fails by name.
    candidates = [*(index for index in candidates if index not in rest[-1:]), *rest[-1:]]
    predicted, gold = _labels(name, candidates, header, options, width)
    decisions = _describe(words, predicted, gold, header) if width > 2 or header or words is None or words > 0 else []
    return Columns(words, predicted, gold, tweet, decisions)


def _header_roles(header: Sequence[str], width: int) -> dict[int, Role]:
    return {index: role_of(cell) for index, cell in enumerate(header[:width])}


def _by_role(column_roles: dict[int, Role], *roles: Role) -> list[int]:
    return [index for index, role in column_roles.items() if role in roles]


def _are_labels(column: Counter[str], reference: Reference) -> bool:
    names = {*reference.types, *reference.label_map}
    likely = sum(count for cell, count in column.items() if label_like(cell, names))
    return bool(column) and likely >= _SURE * column.total()


def _are_scores(column: Counter[str]) -> bool:
    """Whether all cells are decimal numbers, such as confidence scores."""
    return bool(column) and all("." in cell and cell.replace(".", "").replace("e-", "").isdecimal() for cell in column)


def _is_index(table: Table, index: int, columns: Sequence[Counter[str]]) -> bool:
    """Whether a column numbers the words consecutively, in each tweet or over the file."""
    if not columns or len(columns) < 2 or not all(cell.isdecimal() and len(cell) < 9 for cell in columns[index]):
        return False
    everywhere = map(int, table.cells(index))
    first = next(everywhere, None)
    running = first is not None and all(number == expected for expected, number in enumerate(everywhere, first + 1))
    if running and columns[index].total() > 1:
        return True
    starts = {int(tweet[0][index]) for tweet in table if tweet}
    return len(starts) == 1 and all(
        [int(row[index]) for row in tweet] == list(range(start, start + len(tweet)))
        for start in starts
        for tweet in table
    )


def _is_tweet(table: Table, index: int) -> bool:
    """Whether a column that the header calls an id or a sentence separates tweets: it changes at few words."""
    rows = table.columns[index].total()
    changes = sum(after not in {before, ""} for before, after in pairwise(table.cells(index)))
    return bool(rows) and 2 * changes < rows


def _is_tweet_number(table: Table, index: int, column: Counter[str]) -> bool:
    """Whether a column numbers the tweets: constant within a tweet, distinct between tweets."""
    if not all(map(str.isdecimal, column)):
        return False
    numbers = [{row[index] for row in tweet} for tweet in table if tweet]
    constant = all(len(values) == 1 for values in numbers)
    return constant and len(numbers) > 1 and len({*map(frozenset, numbers)}) == len(numbers)


def _words(
    columns: Sequence[Counter[str]],
    roles: dict[int, Role],
    skipped: set[int],
    labels: Sequence[int],
    reference: Reference,
) -> int | None:
    """The column of words; None if all columns hold labels."""
    for role in (Role.WORDS, Role.TEXT):
        for index in _by_role(roles, role):
            if index not in skipped:
                return index
    free = [
        index for index in range(len(columns)) if index not in skipped and roles.get(index, Role.WORDS) is Role.WORDS
    ]
    if all(index in labels for index in free):
        return None
    first = next(index for index in free if index not in labels)
    # The column of words is the one that contains our words; part-of-speech tags may precede it.
    shares = {index: _share(columns[index], reference) for index in free if index not in labels}
    best = max(shares, key=lambda index: (shares[index], -index))
    return best if shares[best] > 2 * shares[first] else first


def _share(column: Counter[str], reference: Reference) -> float:
    return sum(count for cell, count in column.items() if cell in reference.vocabulary) / max(1, column.total())


def _labels(
    name: str, candidates: Sequence[int], header: Sequence[str] | None, options: ReadingOptions, width: int
) -> tuple[int, int | None]:
    """The columns of predictions and of gold."""
    roles = _header_roles(header, width) if header is not None else {}
    by_name = [index for index in candidates if roles.get(index) is Role.PREDICTED]
    gold_columns = [index for index in candidates if roles.get(index) is Role.GOLD]
    if options.predicted is not None:
        predicted = _column_of_user(name, options.predicted, header, width)
        rest = [index for index in candidates if index != predicted]
        return predicted, next((index for index in gold_columns if index in rest), rest[0] if len(rest) == 1 else None)
    if not candidates:
        raise DataError.at(name, None, "no column of labels", "write the word first, the label last")
    if header is None:
        return candidates[-1], candidates[-2] if len(candidates) > 1 else None
    neutral = [index for index in candidates if index not in {*by_name, *gold_columns}]
    if len(by_name) > 1 or (not by_name and len(neutral) > 1):
        names = ", ".join(header[index] for index in by_name or neutral)
        raise DataError.at(name, None, f"columns {names}: which are the predictions?", _REMEDY)
    if not by_name and not neutral:
        raise DataError.at(name, None, "gold labels, but no predictions", _REMEDY)
    gold = gold_columns or (neutral if by_name and len(neutral) == 1 else [])
    return (by_name or neutral)[0], gold[-1] if gold else None


def _column_of_user(name: str, predicted: str, header: Sequence[str] | None, width: int) -> int:
    if header is not None and predicted in header[:width]:
        return list(header).index(predicted)
    if predicted.isdecimal() and 1 <= int(predicted) <= width:
        return int(predicted) - 1
    hint = suggestion(predicted, [*(header or ()), *map(str, range(1, width + 1))])
    raise DataError.at(name, None, f"--predicted {predicted}: no such column{hint}", "name a header, or count from 1")


def _describe(words: int | None, predicted: int, gold: int | None, header: Sequence[str] | None) -> list[str]:
    def column(index: int) -> str:
        return f"column {index + 1}" + (f" ({header[index]})" if header is not None and index < len(header) else "")

    parts = [f"predictions from {column(predicted)}"]
    if gold is not None:
        parts.append(f"the file's gold labels from {column(gold)}")
    parts.append(f"words from {column(words)}" if words is not None else "no words")
    return [", ".join(parts)]
