"""Splits the subwords of tweets into windows.

A word without subwords becomes the unknown token, and a tweet longer than the encoder's limit continues in further
windows. Thus every word of every tweet has a vector, and no gold entity is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnerbench.methods.encoders.tokenizer import SubwordIds, Tokenizer


@dataclass(frozen=True)
class LimitCounts:
    """Number of tweets split, words shortened and contexts cut by a limit."""

    split_tweets: int = 0
    shortened_words: int = 0
    cut_contexts: int = 0

    def __add__(self, other: LimitCounts) -> LimitCounts:
        return LimitCounts(
            self.split_tweets + other.split_tweets,
            self.shortened_words + other.shortened_words,
            self.cut_contexts + other.cut_contexts,
        )


@dataclass(frozen=True)
class Window:
    """A window of a tweet before padding, independent of its batch; words are numbered within the tweet.

    Attributes:
        ids, segments: as in `SubwordBatch`, [subwords].
        owners: word of each subword, -1 for others, [subwords].
        words: words of the window, [words].
        firsts: positions of their first subwords in the window, [words].
    """

    ids: NDArray[np.int64]
    segments: NDArray[np.int64]
    owners: NDArray[np.int64]
    words: NDArray[np.int64]
    firsts: NDArray[np.int64]


def split_tweet(words: Sequence[SubwordIds], room: int) -> list[list[tuple[int, SubwordIds]]]:
    """Split a tweet between words into windows of at most `room` subwords; longer words are truncated."""
    windows: list[list[tuple[int, SubwordIds]]] = [[]]
    used = 0
    for number, subwords in enumerate(words):
        shortened = subwords[:room]
        if used + len(shortened) > room:
            windows.append([])
            used = 0
        windows[-1].append((number, shortened))
        used += len(shortened)
    return windows


class WindowLayout:
    """Lays out tweets and their contexts in windows.

    Args:
        tokenizer: has the special tokens and the encoder's limit.
        limit: maximum number of subwords per window, special tokens included; at most the encoder's limit.

    Attributes:
        pad: id of the padding token.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int) -> None:
        self._template, self.pad = tokenizer.template, tokenizer.pad
        self._limit = min(limit, tokenizer.limit)

    def _split(self, words: Sequence[SubwordIds]) -> list[list[tuple[int, SubwordIds]]]:
        return split_tweet(words, self._limit - self._template.single)

    def _context_room(self, window: Sequence[tuple[int, SubwordIds]]) -> int:
        return max(0, self._limit - self._template.pair - sum(len(subwords) for _, subwords in window))

    def counts(self, words: Sequence[SubwordIds], context: SubwordIds) -> LimitCounts:
        """Limits that a tweet exceeds."""
        windows = self._split(words)
        return LimitCounts(
            split_tweets=int(len(windows) > 1),
            shortened_words=sum(len(subwords) > self._limit - self._template.single for subwords in words),
            cut_contexts=int(len(context) > self._context_room(windows[-1])),
        )

    def windows(self, words: Sequence[SubwordIds], context: SubwordIds) -> list[Window]:
        """Windows of a tweet; the context follows in the last one.

        Args:
            words: subwords per word.
            context: context subwords; may be empty.
        """
        windows, template = self._split(words), self._template
        visible = context[: self._context_room(windows[-1])]
        last = _ends([(template.between, 0), ((*visible, *template.after_pair), template.second_segment)])
        plain = _ends([(template.after, 0)])
        return [
            self._window(window, last if visible and number == len(windows) - 1 else plain)
            for number, window in enumerate(windows)
        ]

    def _window(self, window: Sequence[tuple[int, SubwordIds]], end: tuple[list[int], list[int]]) -> Window:
        ids, firsts = [*self._template.before], []
        owners = [-1] * len(ids)
        for number, subwords in window:
            firsts.append(len(ids))
            ids += subwords
            owners += [number] * len(subwords)
        segments = [0] * len(ids) + end[1]
        numbers = [number for number, _ in window]
        return Window(*map(_array, (ids + end[0], segments, owners + [-1] * len(end[0]), numbers, firsts)))


def _array(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)


def _ends(parts: Sequence[tuple[Sequence[int], int]]) -> tuple[list[int], list[int]]:
    """Subwords of no word, and their segments."""
    return [subword for subwords, _ in parts for subword in subwords], [
        segment for subwords, segment in parts for _ in subwords
    ]
