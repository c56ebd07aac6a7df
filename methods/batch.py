"""A split, tokenised once, and the batches that methods see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import Scheme, recode
from mnerbench.datasets.visual.inputs import View
from mnerbench.methods.layers.piece_tokenizer import Pieces, PieceTokenizer
from mnerbench.methods.layers.pieces import BatchLayout, PieceBatch, RowCounts


@dataclass(frozen=True)
class Batch:
    """Some tweets in one view.

    Attributes:
        pieces: the tweets, with context where the view has any.
        labels: label numbers, [tweets, words]; 0 at padding.
        index: positions of the tweets in their split.
    """

    pieces: PieceBatch
    labels: Tensor
    index: tuple[int, ...]

    @property
    def mask(self) -> Tensor:
        """True for real words, [tweets, words]."""
        return self.pieces.words

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(self.pieces.to(device), self.labels.to(device, non_blocking=True), self.index)


@dataclass
class EncodedSplit:
    """The tweets of one split as pieces and label numbers, with the context of each view.

    Attributes:
        words: pieces per word, per tweet.
        labels: label numbers per tweet.
        contexts: per view, context pieces per tweet.
        counts: how often a limit was met while batches were made.
    """

    words: list[list[Pieces]]
    labels: list[list[int]]
    contexts: Mapping[View, list[Pieces]]
    layout: BatchLayout
    counts: RowCounts = field(default_factory=RowCounts)

    def __len__(self) -> int:
        return len(self.words)

    def lengths(self, view: View) -> list[int]:
        """Pieces per tweet, context included: what batches are bucketed by."""
        return [
            sum(map(len, tweet)) + len(context) for tweet, context in zip(self.words, self.contexts[view], strict=True)
        ]

    def batch(self, index: Sequence[int], view: View) -> Batch:
        """The tweets at `index` in one view."""
        contexts = self.contexts[view]
        pieces = self.layout.collate([self.words[i] for i in index], [contexts[i] for i in index], self.counts)
        width = pieces.words.shape[1]
        labels = [self.labels[i] + [0] * (width - len(self.labels[i])) for i in index]
        return Batch(pieces, torch.tensor(labels).view(len(index), width), tuple(index))


def encode_split(
    examples: Sequence[Example],
    contexts: Mapping[View, Sequence[Sequence[str]]],
    tokenizer: PieceTokenizer,
    labels: Sequence[str],
    *,
    limit: int,
    scheme: Scheme = Scheme.BIO,
    repair: bool = False,
) -> EncodedSplit:
    """Tokenise a split.

    Args:
        examples: the tweets.
        contexts: per view, the context texts of each tweet.
        tokenizer: the encoder's.
        labels: the label set; numbers are positions in it.
        limit: pieces per row.
        scheme: labels are rewritten in this scheme when it is not plain BIO.
        repair: rewrite an `I-` that BIO does not allow as the conlleval reading has it.
    """
    number = {label: position for position, label in enumerate(labels)}
    rewrite = repair or scheme is not Scheme.BIO
    return EncodedSplit(
        words=[tokenizer.words(example.words) for example in examples],
        labels=[[number[x] for x in (recode(e.labels, scheme) if rewrite else e.labels)] for e in examples],
        contexts={view: [tokenizer.context(texts) for texts in rows] for view, rows in contexts.items()},
        layout=BatchLayout(tokenizer, limit),
    )
