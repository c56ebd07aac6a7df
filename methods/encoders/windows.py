"""From words to rows of word pieces.

A word that maps to nothing is the unknown piece; a tweet longer than the encoder's limit continues in further rows. So
every word of every tweet has a vector, and no gold entity can drop out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnerbench.methods.encoders.tokenizer import Pieces, Tokenizer


@dataclass(frozen=True)
class RowCounts:
    """How many tweets, words and contexts met a limit; adds up."""

    split_tweets: int = 0
    shortened_words: int = 0
    cut_contexts: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(
            self.split_tweets + other.split_tweets,
            self.shortened_words + other.shortened_words,
            self.cut_contexts + other.cut_contexts,
        )


@dataclass(frozen=True)
class Row:
    """One row of a tweet before padding, whatever batch it goes into; words count from the tweet's first.

    Attributes:
        ids, segments, owners: as in `SubwordBatch`, [pieces].
        words: that begin in this row.
        places: of their first pieces, in the row.
    """

    ids: NDArray[np.int64]
    segments: NDArray[np.int64]
    owners: NDArray[np.int64]
    words: NDArray[np.int64]
    places: NDArray[np.int64]


def split_tweet(words: Sequence[Pieces], room: int) -> list[list[tuple[int, Pieces]]]:
    """Cut a tweet between words into windows of at most `room` pieces; a longer single word keeps its first ones."""
    windows: list[list[tuple[int, Pieces]]] = [[]]
    used = 0
    for number, pieces in enumerate(words):
        kept = pieces[:room]
        if used + len(kept) > room:
            windows.append([])
            used = 0
        windows[-1].append((number, kept))
        used += len(kept)
    return windows


class RowLayout:
    """Puts tweets, and context where there is one, into rows.

    Args:
        tokenizer: gives the special pieces and the encoder's limit.
        limit: pieces per row, special ones included; the encoder's own limit when that is less.

    Attributes:
        pad: id of the padding piece.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int) -> None:
        self._template, self.pad = tokenizer.template, tokenizer.pad
        self._limit = min(limit, tokenizer.limit)

    def _windows(self, words: Sequence[Pieces]) -> list[list[tuple[int, Pieces]]]:
        return split_tweet(words, self._limit - self._template.single)

    def _context_room(self, window: Sequence[tuple[int, Pieces]]) -> int:
        return max(0, self._limit - self._template.pair - sum(len(pieces) for _, pieces in window))

    def counts(self, words: Sequence[Pieces], context: Pieces) -> RowCounts:
        """Which limits one tweet meets."""
        windows = self._windows(words)
        return RowCounts(
            split_tweets=int(len(windows) > 1),
            shortened_words=sum(len(pieces) > self._limit - self._template.single for pieces in words),
            cut_contexts=int(len(context) > self._context_room(windows[-1])),
        )

    def rows(self, words: Sequence[Pieces], context: Pieces) -> list[Row]:
        """The rows of one tweet; context follows its last window.

        Args:
            words: pieces per word.
            context: context pieces; empty for none.
        """
        windows, template = self._windows(words), self._template
        kept = context[: self._context_room(windows[-1])]
        last = _ends([(template.between, 0), ((*kept, *template.after_pair), template.second_segment)])
        plain = _ends([(template.after, 0)])
        return [
            self._row(window, last if kept and number == len(windows) - 1 else plain)
            for number, window in enumerate(windows)
        ]

    def _row(self, window: Sequence[tuple[int, Pieces]], end: tuple[list[int], list[int]]) -> Row:
        ids, places = [*self._template.before], []
        owners = [-1] * len(ids)
        for number, pieces in window:
            places.append(len(ids))
            ids += pieces
            owners += [number] * len(pieces)
        segments = [0] * len(ids) + end[1]
        numbers = [number for number, _ in window]
        return Row(*map(_array, (ids + end[0], segments, owners + [-1] * len(end[0]), numbers, places)))


def _array(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)


def _ends(parts: Sequence[tuple[Sequence[int], int]]) -> tuple[list[int], list[int]]:
    """Pieces that belong to no word, and their segments."""
    return [piece for pieces, _ in parts for piece in pieces], [segment for pieces, segment in parts for _ in pieces]
