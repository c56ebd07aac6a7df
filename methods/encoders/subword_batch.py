"""Padded batches of windows of subwords, with the positions of words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mnerbench.methods.encoders.windows import Window


@dataclass(frozen=True)
class SubwordBatch:
    """Padded windows of subwords with the positions of words. A tweet consists of one or more windows.

    Attributes:
        ids: subword ids, [windows, subwords].
        mask: True for subwords, False for padding, [windows, subwords].
        segments: 0 for the tweet, the template's segment for context, [windows, subwords].
        owner: flat index `tweet * words + word` of the word a subword belongs to, -1 for others, [windows, subwords].
        tweet: index of each window's tweet, ascending, [windows].
        first: flat index `window * subwords + subword` of each word's first subword, 0 at padding, [tweets, words].
        words: True for words, False for padding, [tweets, words].
        first_rows: index of each tweet's first window, [tweets].
        units: flat index `window * subwords + subword` of each subword of a tweet, 0 at padding, [tweets, most
            subwords].
        unit_mask: True for subwords, False for padding, same shape.
        characters: character ids of each word, 0 at padding, [tweets, words, longest word]; None if the method reads
            none.
        sizes: words per tweet, on the host: reading them from a device would synchronise.
        unit_sizes: subwords per tweet, on the host.
        full: whether no window has padding, on the host.
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
    unit_sizes: tuple[int, ...] = field(kw_only=True)
    full: bool = field(kw_only=True)

    @property
    def has_equal_windows(self) -> bool:
        """Whether all windows have the same subwords, segments and padding."""
        return all(bool((part == part[:1]).all()) for part in (self.ids, self.segments, self.mask))

    @property
    def first_window(self) -> SubwordBatch:
        """The batch with `ids`, `mask` and `segments` of its first window alone; all else is unchanged."""
        return replace(self, ids=self.ids[:1], mask=self.mask[:1], segments=self.segments[:1])

    def mapped(self, change: Callable[[Tensor], Tensor]) -> SubwordBatch:
        """Apply a function to every tensor of the batch."""
        values = ((part.name, getattr(self, part.name)) for part in fields(self))
        changed: dict[str, Any] = {name: change(value) for name, value in values if isinstance(value, Tensor)}
        return replace(self, **changed)


def collate(
    tweets: Sequence[Sequence[Window]], widths: Sequence[int], pad: int, characters: Tensor | None = None
) -> SubwordBatch:
    """Collate tweets, padded to the longest window and the longest tweet.

    Args:
        tweets: windows of each tweet.
        widths: words per tweet.
        pad: id of the padding token.
        characters: character ids of the words, if the method reads them.
    """
    width = max(widths, default=0)
    length = max(len(window.ids) for windows in tweets for window in windows)
    count = sum(map(len, tweets))
    unit_sizes = tuple(sum(len(window.ids) for window in windows) for windows in tweets)
    most = max(unit_sizes)
    ids, segments = np.full((count, length), pad), np.zeros((count, length), np.int64)
    owner, real = np.full((count, length), -1), np.zeros((count, length), np.bool_)
    first, owners = np.zeros((len(tweets), width), np.int64), np.repeat(np.arange(len(tweets)), [*map(len, tweets)])
    units, unit_mask = np.zeros((len(tweets), most), np.int64), np.zeros((len(tweets), most), np.bool_)
    number = 0
    for tweet, windows in enumerate(tweets):
        filled = 0
        for window in windows:
            size, start = len(window.ids), number * length
            ids[number, :size], segments[number, :size], real[number, :size] = window.ids, window.segments, True
            owner[number, :size] = np.where(window.owners >= 0, window.owners + tweet * width, -1)
            first[tweet, window.words] = window.firsts + start
            units[tweet, filled : filled + size] = np.arange(start, start + size)
            filled, number = filled + size, number + 1
        unit_mask[tweet, :filled] = True
    words = np.arange(width) < np.asarray(widths)[:, None]
    arrays = (ids, real, segments, owner, owners, first, words, np.searchsorted(owners, range(len(tweets))), units)
    names = [part.name for part in fields(SubwordBatch)]
    tensors: dict[str, Any] = dict(zip(names, map(torch.from_numpy, (*arrays, unit_mask)), strict=False))
    full = bool(real.all())
    return SubwordBatch(**tensors, characters=characters, sizes=tuple(widths), unit_sizes=unit_sizes, full=full)
