"""What gets a label: words by their first piece, or every piece with X on continuations (ITA §3.2, Table 3, A.5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import LabelRule, Pooling
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import pool_words

CONTINUATION, BEGIN, END, PADDING = "X", "[CLS]", "[SEP]", "[PAD]"


class Labelling(ABC):
    """From piece vectors to the units that are labelled, and from their labels back to words.

    Attributes:
        names: the labels of units; emissions are in this order.
    """

    names: tuple[str, ...]

    @abstractmethod
    def units(self, states: Tensor, pieces: SubwordBatch) -> Tensor:
        """Vectors of units, [tweets, units, width], from those of pieces, [rows, pieces, width]."""

    @abstractmethod
    def targets(self, labels: Tensor, pieces: SubwordBatch) -> tuple[Tensor, Tensor]:
        """Label numbers and mask of units, both [tweets, units], from label numbers of words, [tweets, words]."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """What may be predicted for a word: the labels of words in their order, then whatever else units can be."""
        return self.names

    @abstractmethod
    def words(self, paths: Sequence[Sequence[int]], pieces: SubwordBatch) -> list[list[int]]:
        """Numbers of words' `outputs` from label numbers of units, per tweet."""


class WordLabels(Labelling):
    """A unit is a word.

    Args:
        labels: of words.
        pooling: how its pieces become one vector.
    """

    def __init__(self, labels: Sequence[str], pooling: Pooling = Pooling.FIRST) -> None:
        self.names, self._pooling = tuple(labels), pooling

    def units(self, states: Tensor, pieces: SubwordBatch) -> Tensor:
        """Words."""
        return pool_words(states, pieces, self._pooling)

    def targets(self, labels: Tensor, pieces: SubwordBatch) -> tuple[Tensor, Tensor]:
        """The labels as they are."""
        return labels, pieces.words

    def words(self, paths: Sequence[Sequence[int]], pieces: SubwordBatch) -> list[list[int]]:
        """The labels as they are."""
        return [list(path) for path in paths]


class PieceLabels(Labelling):
    """A unit is a piece of the tweet, special ones too, as in UMT's released code: 13 labels for nine.

    What is predicted for a word is the label of its first piece, also one that is no word's label: every scorer reads
    that as `O`, but for `umt`, which counts it as UMT's released code does.

    Args:
        labels: of words.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.names = (PADDING, *labels, CONTINUATION, BEGIN, END)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The labels of words, then the padding's label, continuations' and those of the special pieces."""
        padding, *labels = self.names[:-3]
        return (*labels, padding, *self.names[-3:])

    def units(self, states: Tensor, pieces: SubwordBatch) -> Tensor:
        """All pieces of a tweet in a row."""
        return states.flatten(0, 1)[pieces.units]

    def targets(self, labels: Tensor, pieces: SubwordBatch) -> tuple[Tensor, Tensor]:
        """The word's label at its first piece, X at the others, and labels of their own for the special pieces."""
        number = {name: position for position, name in enumerate(self.names)}
        inside = pieces.owner >= 0
        rows = torch.where(inside, number[CONTINUATION], number[END])
        rows[:, 0] = torch.where(inside[:, 0], rows[:, 0], number[BEGIN])
        # Padded words write behind the last piece: choosing real ones would make the device wait.
        flat = nn.functional.pad(rows.flatten(), (0, 1))
        place = torch.where(pieces.words, pieces.first, len(flat) - 1)
        flat.scatter_(0, place.flatten(), (labels + 1).flatten())
        return flat[pieces.units].masked_fill(~pieces.unit_mask, 0), pieces.unit_mask

    def words(self, paths: Sequence[Sequence[int]], pieces: SubwordBatch) -> list[list[int]]:
        """The labels of first pieces."""
        found = torch.zeros(pieces.ids.numel(), dtype=torch.long)
        for path, places, real in zip(paths, pieces.units.tolist(), pieces.unit_mask.sum(1).tolist(), strict=True):
            found[places[:real]] = torch.tensor(path)
        last = len(self.names) - 4  # numbers 1 to this are labels of words, and 0 is the padding's
        firsts = found[pieces.first.cpu()]
        numbers = torch.where(firsts == 0, last, torch.where(firsts <= last, firsts - 1, firsts)).tolist()
        return [row[:length] for row, length in zip(numbers, pieces.words.sum(1).tolist(), strict=True)]


def build_labelling(rule: LabelRule, labels: Sequence[str], pooling: Pooling) -> Labelling:
    """The rule that a config names."""
    return PieceLabels(labels) if rule is LabelRule.X else WordLabels(labels, pooling)
