"""Fast reader for the common case of columns: one tab between cells, the same number of cells on every line.

Such a file is split by blocks instead of lines, in a fifth of the time; all others are left to `columns`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import NamedTuple

from mnerbench.benchmark.external.formats.paragraphs import (
    COMMENT_NAMES,
    DOCUMENT_START,
    Stretch,
    image_of,
    is_image,
    stretches,
)
from mnerbench.benchmark.external.predicted import Lines
from mnerbench.benchmark.external.tweet_store import StringColumn, TweetStore
from mnerbench.datasets.readers import IMAGE_PREFIX

# All other comments contain a space.
_COMMENT_MARKS = (DOCUMENT_START, *(f"#{name}\t" for name in COMMENT_NAMES))


@dataclass(frozen=True)
class RegularColumns:
    """All cells of a file.

    Attributes:
        columns: the cells of each column, by tweet.
        lines: first line of each tweet.
        images: image id of each tweet, or None.
    """

    columns: Sequence[StringColumn]
    lines: array[int]
    images: Sequence[str | None]

    def tweets(self, words: int | None, predicted: int, gold: int | None) -> TweetStore:
        """The tweets, given the columns' roles."""
        first, second, third = (
            self.columns[index] if index is not None else None for index in (words, predicted, gold)
        )
        return TweetStore.of_columns(first, second, third, self.lines, self.images)


def regular_columns(lines: Lines, *, skips_first: bool) -> RegularColumns | None:
    """Read the cells of a file; returns None if any line is irregular.

    Args:
        lines: lines of the file.
        skips_first: whether the first line is a header.
    """
    columns, skip = list[StringColumn](), int(skips_first)
    first_lines, images = array("q"), list[str | None]()
    for stretch in stretches(lines):
        if any(mark in stretch.text for mark in _COMMENT_MARKS) or not stretch.is_regular:
            return None
        groups = _groups(stretch)
        if skip and groups.rows:
            groups = groups.without_first()
            skip = 0
        if not groups.rows:
            continue
        cells = _cells(groups.rows)
        if cells is None or len(cells) != len(columns or cells):
            return None
        columns = columns or [StringColumn() for _ in cells]
        for column, strings in zip(columns, cells, strict=True):
            column.extend(strings, groups.sizes)
        first_lines.extend(groups.numbers)
        images += groups.images
    return RegularColumns(columns, first_lines, images) if columns else None


class _Groups(NamedTuple):
    """Tweets: first line, picture and number of rows of each, and the rows of all."""

    numbers: list[int]
    images: list[str | None]
    sizes: list[int]
    rows: list[str]

    def without_first(self) -> _Groups:
        """The groups without the first row, and without its tweet if that has no other row."""
        dropped = int(self.sizes[0] == 1)
        sizes = [self.sizes[0] - 1, *self.sizes[1:]]
        return _Groups(self.numbers[dropped:], self.images[dropped:], sizes[dropped:], self.rows[1:])


def _groups(stretch: Stretch) -> _Groups:
    lines = stretch.text.split("\n")
    ends = [-1, *(index for index, line in enumerate(lines) if not line), len(lines)]
    bounds = [(start + 1, end) for start, end in pairwise(ends) if end - start > 1]
    numbers = [stretch.number + start for start, _ in bounds]
    images: list[str | None] = [None] * len(bounds)
    sizes = [end - start for start, end in bounds]
    if IMAGE_PREFIX in stretch.text:
        for index, (start, _) in enumerate(bounds):
            if is_image(lines[start]):
                images[index], lines[start] = image_of(lines[start]), ""
                sizes[index] -= 1
    non_empty = [index for index, size in enumerate(sizes) if size]
    if len(non_empty) < len(sizes):
        numbers, sizes = ([values[index] for index in non_empty] for values in (numbers, sizes))
        images = [images[index] for index in non_empty]
    return _Groups(numbers, images, sizes, list(filter(None, lines)))


def _cells(rows: list[str]) -> list[list[str]] | None:
    """Columns of rows; None unless all rows have the same number of non-empty cells, separated by single tabs."""
    text, tabs = "\n".join(rows), rows[0].count("\t")
    if not tabs or " " in text or {*map(str.count, rows, repeat("\t"))} != {tabs}:
        return None
    cells = text.replace("\n", "\t").split("\t")
    return [cells[column :: tabs + 1] for column in range(tabs + 1)] if "" not in cells else None
