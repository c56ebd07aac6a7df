"""Rows of word pieces as a padded batch, and where the words are in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mnerbench.methods.encoders.windows import Row


@dataclass(frozen=True)
class SubwordBatch:
    """Padded rows of pieces and where the words are in them.

    Attributes:
        ids: piece ids, [rows, pieces].
        mask: True for real pieces, [rows, pieces].
        segments: 0 for the tweet, the template's number for context, [rows, pieces].
        owner: flat slot `tweet * words + word` of the word a piece belongs to, -1 for others, [rows, pieces].
        tweet: number of the tweet that a row belongs to, ascending, [rows].
        first: flat position `row * pieces + piece` of each word's first piece, 0 at padding, [tweets, words].
        words: True for real words, [tweets, words].
        first_rows: the row in which each tweet begins, [tweets].
        units: flat position `row * pieces + piece` of each piece of each tweet, 0 at padding, [tweets, most pieces].
        unit_mask: True for real ones, same shape.
        characters: numbers of each word's characters, 0 at padding, [tweets, words, longest]; None where nothing
            reads them.
        sizes: words per tweet; known on the host, so that nobody has to ask the device.
        full: no row has padding; known there too.
    """

    ids: Tensor
    mask: Tensor
    segments: Tensor
    owner: Tensor
    tweet: Tensor
    first: Tensor
    words: Tensor
    first_rows: Tensor
    units: Tensor
    unit_mask: Tensor
    characters: Tensor | None = None
    sizes: tuple[int, ...] = field(kw_only=True)
    full: bool = field(kw_only=True)

    def mapped(self, change: Callable[[Tensor], Tensor]) -> SubwordBatch:
        """The same batch of changed tensors."""
        values = ((part.name, getattr(self, part.name)) for part in fields(self))
        changed: dict[str, Any] = {name: change(value) for name, value in values if isinstance(value, Tensor)}
        return replace(self, **changed)


def collate(
    tweets: Sequence[Sequence[Row]], widths: Sequence[int], pad: int, characters: Tensor | None = None
) -> SubwordBatch:
    """A batch of tweets, padded to its longest row and its longest tweet.

    Args:
        tweets: rows of each tweet.
        widths: words per tweet.
        pad: id of the padding piece.
        characters: of the words, where something reads them.
    """
    width = max(widths, default=0)
    length = max(len(row.ids) for rows in tweets for row in rows)
    count = sum(map(len, tweets))
    most = max(sum(len(row.ids) for row in rows) for rows in tweets)
    ids, segments = np.full((count, length), pad), np.zeros((count, length), np.int64)
    owner, real = np.full((count, length), -1), np.zeros((count, length), np.bool_)
    first, owners = np.zeros((len(tweets), width), np.int64), np.repeat(np.arange(len(tweets)), [*map(len, tweets)])
    units, unit_mask = np.zeros((len(tweets), most), np.int64), np.zeros((len(tweets), most), np.bool_)
    number = 0
    for tweet, rows in enumerate(tweets):
        filled = 0
        for row in rows:
            size, start = len(row.ids), number * length
            ids[number, :size], segments[number, :size], real[number, :size] = row.ids, row.segments, True
            owner[number, :size] = np.where(row.owners >= 0, row.owners + tweet * width, -1)
            first[tweet, row.words] = row.places + start
            units[tweet, filled : filled + size] = np.arange(start, start + size)
            filled, number = filled + size, number + 1
        unit_mask[tweet, :filled] = True
    words = np.arange(width) < np.asarray(widths)[:, None]
    arrays = (ids, real, segments, owner, owners, first, words, np.searchsorted(owners, range(len(tweets))), units)
    names = [part.name for part in fields(SubwordBatch)]
    tensors: dict[str, Any] = dict(zip(names, map(torch.from_numpy, (*arrays, unit_mask)), strict=False))
    return SubwordBatch(**tensors, characters=characters, sizes=tuple(widths), full=bool(real.all()))
