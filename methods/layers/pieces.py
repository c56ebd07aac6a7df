"""From words to padded rows of word pieces, and back to one slot per word.

A word that maps to nothing is the unknown piece; a tweet longer than the encoder's limit continues in further rows. So
every word of every tweet has a vector, and no gold entity can drop out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

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
        first: flat position `row * pieces + piece` of each word's first piece, 0 at padding, [tweets, words].
        words: True for real words, [tweets, words].
    """

    ids: Tensor
    mask: Tensor
    segments: Tensor
    owner: Tensor
    first: Tensor
    words: Tensor

    def to(self, device: torch.device) -> PieceBatch:
        """The same batch on a device."""
        return PieceBatch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


class _Row(NamedTuple):
    ids: Pieces
    segments: list[int]
    owners: list[int]


@dataclass
class RowCounts:
    """How often a limit was met while building batches."""

    split_tweets: int = 0
    shortened_words: int = 0
    cut_contexts: int = 0


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
    """Puts tweets, and context where there is one, into rows."""

    def __init__(self, tokenizer: PieceTokenizer, limit: int) -> None:
        self._template, self._pad = tokenizer.template, tokenizer.pad
        self._limit = min(limit, tokenizer.limit)

    def rows(self, words: Sequence[Pieces], context: Pieces, offset: int, counts: RowCounts) -> list[_Row]:
        """The rows of one tweet; context follows its last window.

        Args:
            words: pieces per word.
            context: pieces behind the tweet, possibly none.
            offset: flat slot of the tweet's first word.
            counts: increased where a limit is met.
        """
        frame = self._template
        windows = split_tweet(words, self._limit - frame.single)
        counts.split_tweets += len(windows) > 1
        counts.shortened_words += sum(len(pieces) > self._limit - frame.single for pieces in words)
        rows = []
        for window in windows:
            ids, owners = [*frame.before], [-1] * len(frame.before)
            for number, pieces in window:
                ids += pieces
                owners += [offset + number] * len(pieces)
            tail = [*frame.after]
            segments = [0] * (len(ids) + len(tail))
            if context and window is windows[-1]:
                room = max(0, self._limit - frame.pair - (len(ids) - len(frame.before)))
                counts.cut_contexts += len(context) > room
                if room:
                    tail = [*frame.between, *context[:room], *frame.after_pair]
                    second = len(tail) - len(frame.between)
                    segments = [0] * (len(ids) + len(frame.between)) + [frame.second_segment] * second
            rows.append(_Row(ids + tail, segments, owners + [-1] * len(tail)))
        return rows

    def collate(self, tweets: Sequence[Sequence[Pieces]], contexts: Sequence[Pieces], counts: RowCounts) -> PieceBatch:
        """A batch of tweets, padded to its longest row and its longest tweet.

        Args:
            tweets: pieces per word, per tweet.
            contexts: context pieces per tweet; empty lists for none.
            counts: increased where a limit is met.
        """
        width = max(map(len, tweets), default=0)
        rows: list[_Row] = []
        for number, (words, context) in enumerate(zip(tweets, contexts, strict=True)):
            rows += self.rows(words, context, number * width, counts)
        length = max(len(row.ids) for row in rows)
        pad = [(length - len(row.ids)) for row in rows]
        owner = torch.tensor([row.owners + [-1] * n for row, n in zip(rows, pad, strict=True)])
        first = torch.zeros(len(tweets) * width, dtype=torch.long)
        flat = owner.flatten()
        # Written from the back, so that the first piece of a word is the one that stays.
        places = torch.arange(flat.numel() - 1, -1, -1)[flat.flip(0) >= 0]
        first[flat[places]] = places
        lengths = torch.tensor([len(words) for words in tweets])
        return PieceBatch(
            ids=torch.tensor([row.ids + [self._pad] * n for row, n in zip(rows, pad, strict=True)]),
            mask=torch.tensor([[True] * len(row.ids) + [False] * n for row, n in zip(rows, pad, strict=True)]),
            segments=torch.tensor([row.segments + [0] * n for row, n in zip(rows, pad, strict=True)]),
            owner=owner,
            first=first.view(len(tweets), width),
            words=torch.arange(width) < lengths[:, None],
        )
