"""Columns: a line per word, separated by tabs, spaces, `|` or commas; blank lines or numbers separate tweets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from mnerbench.benchmark.external.formats.column_roles import Cells, Columns, Table, header_of, name_columns
from mnerbench.benchmark.external.formats.paragraphs import (
    Paragraph,
    image_of,
    is_comment,
    is_image,
    paragraphs,
)
from mnerbench.benchmark.external.formats.regular_columns import regular_columns
from mnerbench.benchmark.external.formats.separators import RowOfLine, is_rule, joined, separator
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet, ReadingOptions, Reference
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.datasets.errors import DataError

_MOST_COLUMNS = 1000
_BATCH = 1 << 16  # rows counted at once
_NAMES = {"|": "`|`", ",": "commas", ";": "semicolons"}


class _Group(NamedTuple):
    """The rows of a tweet: its first line, its picture, the numbers of its lines, their cells."""

    line: int
    image: str | None
    numbers: Sequence[int]
    rows: Sequence[Cells]


class _Groups:
    """All rows by tweet, re-read in each pass.

    Args:
        lines: lines of the file.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.mark = separator((body for _, _, body in self.bodies()), len(lines))
        self.header: Cells | None = None
        self._row_of = RowOfLine(self.mark)

    def __iter__(self) -> Iterator[_Group]:
        """The rows of each tweet that has any, without the header once it is set."""
        header = self.header
        for paragraph, start, body in self.bodies():
            number, head = paragraph.number, paragraph.lines[0]
            numbers: Sequence[int] = range(number + start, number + len(paragraph.lines))
            rows: Sequence[Cells] = list(map(self._row_of.__getitem__, body))
            if self.mark == "|":
                indices = [index for index, row in enumerate(rows) if not is_rule(row)]
                numbers, rows = [numbers[index] for index in indices], joined([rows[index] for index in indices])
            if not rows:
                continue
            if header is not None:
                header, numbers, rows = None, numbers[1:], rows[1:]
            yield _Group(number, image_of(head) if is_image(head) else None, numbers, rows)

    def bodies(self) -> Iterator[tuple[Paragraph, int, list[str]]]:
        """Each paragraph with the number of its leading metadata lines, and its remaining lines."""
        for paragraph in paragraphs(self._lines):
            lines = paragraph.lines
            start = int(is_image(lines[0]))
            while start < len(lines) and is_comment(lines[start]):
                start += 1
            if start < len(lines):
                yield paragraph, start, lines[start:] if start else lines

    def counts(self) -> tuple[Counter[int], dict[int, list[Counter[str]]]]:
        """Frequencies of row widths, and, by width, of the cells of each column."""
        widths, columns = Counter[int](), dict[int, list[Counter[str]]]()
        rows: list[Cells] = []
        for group in self:
            rows += group.rows
            if len(rows) > _BATCH:
                _count(rows, widths, columns)
                rows = []
        _count(rows, widths, columns)
        return widths, columns


def _count(rows: Sequence[Cells], widths: Counter[int], columns: dict[int, list[Counter[str]]]) -> None:
    by_width = Counter(map(len, rows))
    widths.update(by_width)
    for width in by_width:
        same = rows if len(by_width) == 1 else [row for row in rows if len(row) == width]
        if width not in columns:
            columns[width] = [Counter() for _ in range(width)]
        for index, column in enumerate(columns[width]):
            column.update(map(itemgetter(index), same))


def read_columns(
    name: str, lines: Lines, options: ReadingOptions, reference: Reference
) -> tuple[Sequence[PredictedTweet], list[str]]:
    """Read a file of columns; also returns the reader's decisions.

    Args:
        name: name of the file, for errors.
        lines: its lines.
        options: the user's settings for this file.
        reference: the split, whose words identify the column of words.

    Raises:
        DataError: lines are inconsistent, or no column can be the words or the predictions.
    """
    groups = _Groups(lines)
    first = next(iter(groups), None)
    if first is None:
        return [], []
    header = header_of(first.rows[0])
    regular = regular_columns(lines, skips_first=header is not None) if groups.mark == "\t" else None
    if regular is not None:
        widths, width = {len(regular.columns)}, len(regular.columns)
        columns = {width: [column.counts() for column in regular.columns]}
        groups.header = tuple(header) if header is not None else None
    else:
        widths, width, columns = _counted(name, groups, header)
    if width > _MOST_COLUMNS:
        reason = f"most lines have {width:,} columns, more than the maximum of {_MOST_COLUMNS:,}"
        raise DataError.at(name, first.line, reason, "write a line per word: word, gold if there is one, prediction")
    roles = name_columns(name, Table(groups, width, columns.get(width, [])), header, options, reference)
    decisions = [f"columns between {_NAMES[groups.mark]}"] if groups.mark in _NAMES else []
    decisions += ["the first line is a header"] if header is not None else []
    if regular is not None and roles.tweet is None:
        return regular.tweets(roles.words, roles.predicted, roles.gold), decisions + roles.decisions
    required = [index for index in (roles.words, roles.predicted) if index is not None]
    checked = widths <= {width} and not any("" in columns[width][index] for index in required)
    return TweetStore(_tweets(name, groups, roles, width, checked=checked)), decisions + roles.decisions


def _counted(
    name: str, groups: _Groups, header: Sequence[str] | None
) -> tuple[set[int], int, dict[int, list[Counter[str]]]]:
    """Widths of rows, the most frequent width, and the frequencies of each column's cells, without the header.

    Raises:
        DataError: the lines of a tweet have different numbers of columns.
    """
    widths, columns = groups.counts()
    width = max(widths, key=lambda candidate: (widths[candidate], candidate))
    if header is not None:
        groups.header = tuple(header)
        _uncount(groups.header, widths, columns)
    if not {*widths} <= {width}:
        comparable = any(group.rows and all(len(row) == width for row in group.rows) for group in groups)
        for group in groups:
            _check_widths(name, group, width, comparable)
    return {*widths}, width, columns


def _uncount(row: Cells, widths: Counter[int], columns: dict[int, list[Counter[str]]]) -> None:
    """Remove a row from the counts."""
    widths -= Counter([len(row)])
    for column, cell in zip(columns[len(row)], row, strict=True):
        column -= Counter([cell])


def _check_widths(name: str, group: _Group, width: int, comparable: bool) -> None:
    """Refuse a tweet with inconsistent lines, unless only the last ones lack the prediction (a length limit)."""
    widths = [len(row) for row in group.rows]
    full = next((index for index, count in enumerate(widths) if count != width), len(widths))
    cut = comparable and full and width > 1 and all(count == width - 1 for count in widths[full:])
    pairs = zip(group.numbers, group.rows, strict=True)
    too_short = next(((number, row) for number, row in pairs if len(row) < 2), None) if width > 1 and not cut else None
    if too_short is not None:
        raise _no_word(name, *too_short)
    if full < len(widths) and not cut:
        reason = f"lines of {min(widths)} and of {max(widths)} columns in one tweet"
        remedy = "write the same columns on every line of a tweet: word, gold if there is one, prediction"
        raise DataError.at(name, group.line, reason, remedy)


def _no_word(name: str, number: int, row: Sequence[str]) -> DataError:
    reason = f"{' '.join(row)!r} is not a word with its labels"
    return DataError.at(name, number, reason, "write the word first, the label last")


def _tweets(
    name: str, groups: Iterable[_Group], roles: Columns, width: int, *, checked: bool
) -> Iterator[PredictedTweet]:
    """Tweets of rows; `checked` if all rows are full and have a word and a prediction."""
    word, gold = (itemgetter(index) if index is not None else None for index in (roles.words, roles.gold))
    predicted = itemgetter(roles.predicted)
    for group in groups:
        for number, numbers, rows in _parts(group, roles.tweet):
            full = rows if checked else [row for row in rows if len(row) == width]
            if len(full) < len(rows) and roles.predicted < width - 1:
                raise _no_word(name, numbers[len(full)], rows[len(full)])
            if not checked:
                _check_cells(name, zip(numbers, rows, strict=True), roles)
            yield PredictedTweet(
                line=number,
                words=tuple(map(word, rows)) if word is not None else (),
                predicted=tuple(map(predicted, full)),
                gold=tuple(map(gold, rows)) if gold is not None else None,
                image=group.image,
            )


def _check_cells(name: str, rows: Iterable[tuple[int, Cells]], roles: Columns) -> None:
    for line, row in rows:
        if not all(row[index] for index in (roles.words, roles.predicted) if index is not None and index < len(row)):
            raise _no_word(name, line, row)


def _parts(group: _Group, column: int | None) -> Iterator[tuple[int, Sequence[int], Sequence[Cells]]]:
    """The tweets of a paragraph: one, or one per value of a column, whose empty cells repeat the cell above."""
    if column is None:
        if group.rows:
            yield group.line, group.numbers, group.rows
        return
    keys, last = [], ""
    for row in group.rows:
        last = row[column] or last
        keys.append(last)
    for _, part in groupby(range(len(keys)), key=keys.__getitem__):
        indices = list(part)
        first, end = indices[0], indices[-1] + 1
        yield group.numbers[first], group.numbers[first:end], group.rows[first:end]
