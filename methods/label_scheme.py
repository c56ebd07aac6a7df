"""Label schemes: one label per word, or one per subword with X on continuations (ITA §3.2, Table 3, A.5)."""

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
    """Maps subword vectors to labelled units, and labels of units back to words.

    Attributes:
        names: labels of units, in the order of the emissions.
    """

    names: tuple[str, ...]

    @abstractmethod
    def units(self, states: Tensor, subwords: SubwordBatch) -> Tensor:
        """Vectors of units, [tweets, units, width], from those of subwords, [windows, subwords, width]."""

    @abstractmethod
    def targets(self, labels: Tensor, subwords: SubwordBatch) -> tuple[Tensor, Tensor]:
        """Label numbers and mask of units, both [tweets, units], from label numbers of words, [tweets, words]."""

    @abstractmethod
    def mask(self, subwords: SubwordBatch) -> Tensor:
        """True for units, False for padding, [tweets, units]."""

    @abstractmethod
    def sizes(self, subwords: SubwordBatch) -> tuple[int, ...]:
        """Units per tweet, on the host."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Possible predictions for a word: the word labels in their order, then any further labels of units."""
        return self.names

    @abstractmethod
    def words(self, paths: Sequence[Sequence[int]], subwords: SubwordBatch) -> list[list[int]]:
        """Indices into `outputs`, one per word, from label numbers of units, per tweet."""


class WordLabels(Labelling):
    """Each unit is a word.

    Args:
        labels: labels of words.
        pooling: how subword vectors become a word vector.
    """

    def __init__(self, labels: Sequence[str], pooling: Pooling = Pooling.FIRST) -> None:
        self.names, self._pooling = tuple(labels), pooling

    def units(self, states: Tensor, subwords: SubwordBatch) -> Tensor:
        """Word vectors."""
        return pool_words(states, subwords, self._pooling)

    def mask(self, subwords: SubwordBatch) -> Tensor:
        """True for words."""
        return subwords.words

    def sizes(self, subwords: SubwordBatch) -> tuple[int, ...]:
        """Words per tweet."""
        return subwords.sizes

    def targets(self, labels: Tensor, subwords: SubwordBatch) -> tuple[Tensor, Tensor]:
        """The labels, unchanged."""
        return labels, subwords.words

    def words(self, paths: Sequence[Sequence[int]], subwords: SubwordBatch) -> list[list[int]]:
        """The labels, unchanged."""
        return [list(path) for path in paths]


class SubwordLabels(Labelling):
    """Each unit is a subword, special tokens included, as in UMT's released code: 13 labels instead of nine.

    The prediction for a word is the label of its first subword. It may be no word label; scorers read that as `O`,
    except `umt`, which counts it as UMT's released code does.

    Args:
        labels: labels of words.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.names = (PADDING, *labels, CONTINUATION, BEGIN, END)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Word labels, then the labels of padding, continuations and special tokens."""
        padding, *labels = self.names[:-3]
        return (*labels, padding, *self.names[-3:])

    def units(self, states: Tensor, subwords: SubwordBatch) -> Tensor:
        """All subwords of a tweet, in order."""
        return states.flatten(0, 1)[subwords.units]

    def mask(self, subwords: SubwordBatch) -> Tensor:
        """True for subwords."""
        return subwords.unit_mask

    def sizes(self, subwords: SubwordBatch) -> tuple[int, ...]:
        """Subwords per tweet."""
        return subwords.unit_sizes

    def of_words(self, values: Tensor, subwords: SubwordBatch) -> Tensor:
        """The values of each word's first subword.

        Args:
            values: [tweets, units, ...].
            subwords: the tweets.

        Returns:
            [tweets, words, ...]; undefined at padding.
        """
        tweets, most = subwords.units.shape
        position = torch.zeros(subwords.ids.numel() + 1, dtype=torch.long, device=values.device)
        target = torch.where(subwords.unit_mask, subwords.units, len(position) - 1)
        position.scatter_(0, target.flatten(), torch.arange(tweets * most, device=values.device))
        return values.flatten(0, 1)[position[subwords.first]]

    def targets(self, labels: Tensor, subwords: SubwordBatch) -> tuple[Tensor, Tensor]:
        """The word's label at its first subword, X at continuations, `[CLS]` and `[SEP]` at special tokens."""
        number = {name: position for position, name in enumerate(self.names)}
        inside = subwords.owner >= 0
        unit_labels = torch.where(inside, number[CONTINUATION], number[END])
        unit_labels[:, 0] = torch.where(inside[:, 0], unit_labels[:, 0], number[BEGIN])
        # Padded words write to an extra slot at the end: boolean indexing would synchronise with the device.
        flat = nn.functional.pad(unit_labels.flatten(), (0, 1))
        position = torch.where(subwords.words, subwords.first, len(flat) - 1)
        flat.scatter_(0, position.flatten(), (labels + 1).flatten())
        return flat[subwords.units].masked_fill(~subwords.unit_mask, 0), subwords.unit_mask

    def words(self, paths: Sequence[Sequence[int]], subwords: SubwordBatch) -> list[list[int]]:
        """Labels of the first subwords."""
        labels = torch.zeros(subwords.ids.numel(), dtype=torch.long)
        lengths = subwords.unit_mask.sum(1).tolist()
        for path, positions, length in zip(paths, subwords.units.tolist(), lengths, strict=True):
            labels[positions[:length]] = torch.tensor(path)
        last = len(self.names) - 4  # 1 to `last` are word labels, 0 is padding
        firsts = labels[subwords.first.cpu()]
        numbers = torch.where(firsts == 0, last, torch.where(firsts <= last, firsts - 1, firsts)).tolist()
        return [row[:length] for row, length in zip(numbers, subwords.words.sum(1).tolist(), strict=True)]


def build_labelling(rule: LabelRule, labels: Sequence[str], pooling: Pooling) -> Labelling:
    """Build the labelling of a config."""
    return SubwordLabels(labels) if rule is LabelRule.X else WordLabels(labels, pooling)
