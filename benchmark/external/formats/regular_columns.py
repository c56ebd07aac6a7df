"""Columns as almost all files have them: one tab between cells, as many cells on each line, and nothing else.

Such a file is cut by the block instead of by the line, which takes a fifth of the time; any other is left to `columns`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import NamedTuple

from mnerbench.benchmark.external.formats.paragraphs import (
    DOCUMENT_START,
    NAMES_OF_COMMENTS,
    Stretch,
    image_of,
    is_image,
    stretches,
)
from mnerbench.benchmark.external.predicted import Lines
from mnerbench.benchmark.external.tweet_store import StringColumn, TweetStore
from mnerbench.datasets.readers import IMAGE_PREFIX

# Whatever else can be a comment holds a blank.
_OF_COMMENTS = (DOCUMENT_START, *(f"#{name}\t" for name in NAMES_OF_COMMENTS))


@dataclass(frozen=True)
class RegularColumns:
    """All cells of a file.

    Attributes:
        columns: cells by tweet, a column each.
        lines: where each tweet begins.
        images: its picture, or None.
    """

    columns: Sequence[StringColumn]
    lines: array[int]
    images: Sequence[str | None]

    def tweets(self, words: int | None, predicted: int, gold: int | None) -> TweetStore:
        """The tweets, when it is known what the columns hold."""
        first, second, third = (
            self.columns[index] if index is not None else None for index in (words, predicted, gold)
        )
        return TweetStore.of_columns(first, second, third, self.lines, self.images)


def regular_columns(lines: Lines, *, skips_first: bool) -> RegularColumns | None:
    """The cells of a file; None as soon as a line is not like the others.

    Args:
        lines: of the file.
        skips_first: whether the first line is a header.
    """
    columns, skip = list[StringColumn](), int(skips_first)
    firsts, images = array("q"), list[str | None]()
    for stretch in stretches(lines):
        if any(mark in stretch.text for mark in _OF_COMMENTS) or not stretch.is_regular:
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
        firsts.extend(groups.numbers)
        images += groups.images
    return RegularColumns(columns, firsts, images) if columns else None


class _Groups(NamedTuple):
    """Tweets: where each begins, its picture, how many rows it has, and the rows of all."""

    numbers: list[int]
    images: list[str | None]
    sizes: list[int]
    rows: list[str]

    def without_first(self) -> _Groups:
        """The same without the first row, and without its tweet if it has no other."""
        gone = int(self.sizes[0] == 1)
        sizes = [self.sizes[0] - 1, *self.sizes[1:]]
        return _Groups(self.numbers[gone:], self.images[gone:], sizes[gone:], self.rows[1:])


def _groups(stretch: Stretch) -> _Groups:
    lines = stretch.text.split("\n")
    ends = [-1, *(place for place, line in enumerate(lines) if not line), len(lines)]
    bounds = [(start + 1, end) for start, end in pairwise(ends) if end - start > 1]
    numbers = [stretch.number + start for start, _ in bounds]
    images: list[str | None] = [None] * len(bounds)
    sizes = [end - start for start, end in bounds]
    if IMAGE_PREFIX in stretch.text:
        for place, (start, _) in enumerate(bounds):
            if is_image(lines[start]):
                images[place], lines[start] = image_of(lines[start]), ""
                sizes[place] -= 1
    kept = [place for place, size in enumerate(sizes) if size]
    if len(kept) < len(sizes):
        numbers, sizes = ([values[place] for place in kept] for values in (numbers, sizes))
        images = [images[place] for place in kept]
    return _Groups(numbers, images, sizes, list(filter(None, lines)))


def _cells(rows: list[str]) -> list[list[str]] | None:
    """Columns of rows; None where these are not cells with one tab between them, of one number."""
    text, tabs = "\n".join(rows), rows[0].count("\t")
    if not tabs or " " in text or {*map(str.count, rows, repeat("\t"))} != {tabs}:
        return None
    cells = text.replace("\n", "\t").split("\t")
    return [cells[place :: tabs + 1] for place in range(tabs + 1)] if "" not in cells else None
