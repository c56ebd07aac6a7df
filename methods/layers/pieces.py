"""From words to padded rows of word pieces, and back to one slot per word.

A word that maps to nothing is the unknown piece; a tweet longer than the encoder's limit continues in further rows. So
every word of every tweet has a vector, and no gold entity can drop out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import torch
from torch import Tensor

from mnerbench.methods.layers.piece_tokenizer import Pieces, PieceTokenizer


@dataclass(frozen=True)
class PieceBatch:
    """Padded rows of pieces and where the words are in them.

    Attributes:
        ids: piece ids, [rows, pieces].
        mask: True for real pieces, [rows, pieces].
        segments: 0 for the tweet, the template's number for context, [rows, pieces].
        owner: flat slot `tweet * words + word` of the word a piece belongs to, -1 for others, [rows, pieces].
        tweet: number of the tweet that a row belongs to, ascending, [rows].
        first: flat position `row * pieces + piece` of each word's first piece, 0 at padding, [tweets, words].
        words: True for real words, [tweets, words].
    """

    ids: Tensor
    mask: Tensor
    segments: Tensor
    owner: Tensor
    tweet: Tensor
    first: Tensor
    words: Tensor

    @cached_property
    def units(self) -> tuple[Tensor, Tensor]:
        """Flat position `row * pieces + piece` of each piece of each tweet, 0 at padding, and the mask of real ones.

        Both [tweets, most pieces of a tweet].
        """
        where = self.mask.flatten().nonzero().squeeze(1)
        tweet = self.tweet[where // self.mask.shape[1]]
        counts = torch.bincount(tweet, minlength=len(self.words))
        place = torch.arange(len(where), device=where.device) - (counts.cumsum(0) - counts)[tweet]
        index = where.new_zeros(len(counts), int(counts.max()))
        index[tweet, place] = where
        return index, torch.arange(index.shape[1], device=where.device) < counts[:, None]

    @cached_property
    def first_rows(self) -> Tensor:
        """The row in which each tweet begins, [tweets]."""
        return torch.searchsorted(self.tweet, torch.arange(len(self.words), device=self.tweet.device))

    def to(self, device: torch.device) -> PieceBatch:
        """The same batch on a device."""
        return PieceBatch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


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


@dataclass
class _Row:
    """One row before padding; `firsts` are (slot of a word, place of its first piece)."""

    ids: Pieces
    segments: list[int]
    owners: list[int]
    firsts: list[tuple[int, int]]


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


class BatchLayout:
    """Puts tweets, and context where there is one, into rows.

    Args:
        tokenizer: gives the special pieces and the encoder's limit.
        limit: pieces per row, special ones included; the encoder's own limit when that is less.
    """

    def __init__(self, tokenizer: PieceTokenizer, limit: int) -> None:
        self._template, self._pad = tokenizer.template, tokenizer.pad
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

    def _rows(self, words: Sequence[Pieces], context: Pieces, offset: int) -> list[_Row]:
        """The rows of one tweet; context follows its last window. `offset` is the flat slot of its first word."""
        windows = self._windows(words)
        rows = [self._tweet_row(window, offset) for window in windows]
        kept = context[: self._context_room(windows[-1])]
        for row in rows[:-1] if kept else rows:
            self._close(row, self._template.after, 0)
        if kept:
            self._close(rows[-1], self._template.between, 0)
            self._close(rows[-1], (*kept, *self._template.after_pair), self._template.second_segment)
        return rows

    def _tweet_row(self, window: Sequence[tuple[int, Pieces]], offset: int) -> _Row:
        before = self._template.before
        row = _Row([*before], [0] * len(before), [-1] * len(before), [])
        for number, pieces in window:
            row.firsts.append((offset + number, len(row.ids)))
            row.ids += pieces
            row.owners += [offset + number] * len(pieces)
            row.segments += [0] * len(pieces)
        return row

    @staticmethod
    def _close(row: _Row, pieces: Sequence[int], segment: int) -> None:
        """Add pieces that belong to no word."""
        row.ids += pieces
        row.owners += [-1] * len(pieces)
        row.segments += [segment] * len(pieces)

    def collate(self, tweets: Sequence[Sequence[Pieces]], contexts: Sequence[Pieces]) -> PieceBatch:
        """A batch of tweets, padded to its longest row and its longest tweet.

        Args:
            tweets: pieces per word, per tweet.
            contexts: context pieces per tweet; empty lists for none.
        """
        width = max(map(len, tweets), default=0)
        rows: list[_Row] = []
        owners: list[int] = []
        for number, (words, context) in enumerate(zip(tweets, contexts, strict=True)):
            rows += self._rows(words, context, number * width)
            owners += [number] * (len(rows) - len(owners))
        length = max(len(row.ids) for row in rows)

        def padded(lists: Iterable[list[int]], filler: int) -> Tensor:
            return torch.tensor([items + [filler] * (length - len(items)) for items in lists])

        first = torch.zeros(len(tweets) * width, dtype=torch.long)
        firsts = [(slot, number * length + place) for number, row in enumerate(rows) for slot, place in row.firsts]
        slots, places = zip(*firsts, strict=True)
        first[list(slots)] = torch.tensor(places)
        return PieceBatch(
            ids=padded((row.ids for row in rows), self._pad),
            mask=padded(([1] * len(row.ids) for row in rows), 0).bool(),
            segments=padded((row.segments for row in rows), 0),
            owner=padded((row.owners for row in rows), -1),
            tweet=torch.tensor(owners),
            first=first.view(len(tweets), width),
            words=torch.arange(width) < torch.tensor([len(words) for words in tweets])[:, None],
        )
