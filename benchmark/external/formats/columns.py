"""Columns: a line per word, with tabs, blanks, `|` or commas between; blank lines or numbers tell tweets apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from mnerbench.benchmark.external.formats.column_roles import Columns, header_of, name_columns
from mnerbench.benchmark.external.formats.paragraphs import image_of, is_comment, is_image, paragraphs
from mnerbench.benchmark.external.formats.separators import Row, cells, separator
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet, ReadingOptions, Reference
from mnerbench.datasets.errors import DataError

_MOST_COLUMNS = 1000
_NAMES = {"|": "`|`", ",": "commas", ";": "semicolons"}


@dataclass(frozen=True)
class _Group:
    """The rows of a tweet: where it begins, its picture, its lines as cells."""

    line: int
    image: str | None
    rows: list[Row]


def read_columns(
    name: str, lines: Lines, options: ReadingOptions, reference: Reference
) -> tuple[list[PredictedTweet], list[str]]:
    """Tweets of a file in columns, and what was decided.

    Args:
        name: of the file, for errors.
        lines: of it.
        options: what the user says.
        reference: the split, whose words tell the column of words.

    Raises:
        DataError: a line does not fit the others, or no column can be the words or the predictions.
    """
    groups, mark = _groups(lines)
    widths = Counter(len(row) for group in groups for _, row in group.rows)
    if not widths:
        return [], []
    width = max(widths, key=lambda candidate: (widths[candidate], candidate))
    if width > _MOST_COLUMNS:
        reason = f"most lines have {width:,} columns, more than the {_MOST_COLUMNS:,} that are read"
        raise DataError.at(
            name, groups[0].line, reason, "write a line per word: word, gold if there is one, prediction"
        )
    header = header_of(groups[0].rows[0][1])
    if header is not None:
        groups[0].rows.pop(0)
    whole = [group for group in groups if group.rows and all(len(row) == width for _, row in group.rows)]
    for group in groups:
        _check_widths(name, group, width, bool(whole))
    table = [[row for _, row in group.rows if len(row) == width] for group in groups]
    roles = name_columns(name, table, header, options, reference)
    decisions = [f"columns between {_NAMES[mark]}"] if mark in _NAMES else []
    decisions += ["the first line is a header"] if header is not None else []
    return list(_tweets(name, groups, roles, width)), decisions + roles.decisions


def _groups(lines: Lines) -> tuple[list[_Group], str]:
    groups, images = [], []
    for paragraph in paragraphs(lines):
        number = paragraph[0][0]
        image = image_of(paragraph[0][1]) if is_image(paragraph[0][1]) else None
        rows = paragraph[1:] if is_image(paragraph[0][1]) else paragraph
        while rows and is_comment(rows[0][1]):
            rows = rows[1:]
        if rows:
            groups.append(rows)
            images.append((number, image))
    mark = separator([row for rows in groups for row in rows])
    made = [_Group(*head, cells(rows, mark)) for head, rows in zip(images, groups, strict=True)]
    return [group for group in made if group.rows], mark


def _check_widths(name: str, group: _Group, width: int, comparable: bool) -> None:
    """Refuse a tweet whose lines differ, unless only its last ones lack the prediction, as a length limit does it."""
    widths = [len(row) for _, row in group.rows]
    full = next((index for index, count in enumerate(widths) if count != width), len(widths))
    cut = comparable and full and width > 1 and all(count == width - 1 for count in widths[full:])
    lone = next(((number, row) for number, row in group.rows if len(row) < 2), None) if width > 1 and not cut else None
    if lone is not None:
        raise _no_word(name, *lone)
    if full < len(widths) and not cut:
        reason = f"lines of {min(widths)} and of {max(widths)} columns in one tweet"
        remedy = "write the same columns on every line of a tweet: word, gold if there is one, prediction"
        raise DataError.at(name, group.line, reason, remedy)


def _no_word(name: str, number: int, row: Sequence[str]) -> DataError:
    reason = f"{' '.join(row)!r} is not a word with its labels"
    return DataError.at(name, number, reason, "write the word first, the label last")


def _tweets(name: str, groups: Sequence[_Group], roles: Columns, width: int) -> Iterator[PredictedTweet]:
    for group in groups:
        for number, rows in _parts(group, roles.tweet):
            full = [row for _, row in rows if len(row) == width]
            if len(full) < len(rows) and roles.predicted < width - 1:
                raise _no_word(name, *rows[len(full)])
            for line, row in rows:
                if not all(
                    row[index] for index in (roles.words, roles.predicted) if index is not None and index < len(row)
                ):
                    raise _no_word(name, line, row)
            yield PredictedTweet(
                line=number,
                words=tuple(row[roles.words] for _, row in rows) if roles.words is not None else (),
                predicted=tuple(row[roles.predicted] for row in full),
                gold=tuple(row[roles.gold] for _, row in rows) if roles.gold is not None else None,
                image=group.image,
            )


def _parts(group: _Group, column: int | None) -> Iterator[tuple[int, list[Row]]]:
    """The tweets of a paragraph: one, or as many as a column tells apart, whose empty cells are as the one above."""
    if column is None:
        if group.rows:
            yield group.line, group.rows
        return
    keys, last = [], ""
    for _, row in group.rows:
        last = row[column] or last
        keys.append(last)
    pairs = zip(keys, group.rows, strict=True)
    for _, part in groupby(pairs, key=lambda pair: pair[0]):
        rows = [row for _, row in part]
        yield rows[0][0], rows
