"""Base of RpBERT and RIVA: a picture scaled by the probability that it is related to the text; BiLSTM and CRF."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.base.configs import RelationGateConfig
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.recurrent import read_packed
from mnerbench.methods.encoders.text_encoder import TextEncoder, pool_words
from mnerbench.methods.layers.output import build_output
from mnerbench.methods.layers.relation import relation_loss
from mnerbench.methods.tagger import NeuralMethod


class Judgement(NamedTuple):
    """Log-odds that text and picture are related, [tweets].

    Attributes:
        gate: scales the picture.
        learner: learns from relation labels; the gate itself, or its teacher.
    """

    gate: Tensor
    learner: Tensor


class RelationTagger(NeuralMethod[RelationGateConfig]):
    """A tagger whose subclasses define in `fuse` how the picture is judged and read, and call `finish`."""

    encoder: TextEncoder

    def __init__(
        self,
        config: RelationGateConfig,
        encoder: TextEncoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.see = nn.Linear(visual[InputKind.GRID].width, encoder.width)

    def finish(self, width: int) -> None:
        """Add the LSTM, the last layer and the head.

        Args:
            width: of the states that `fuse` returns.
        """
        config = self.config
        if config.word_vectors:
            width += self.encoder.further_vectors.width
        self.lstm = nn.LSTM(width, config.hidden, config.layers, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.project, self.head = build_output(2 * config.hidden, config, self.labels)

    @abstractmethod
    def fuse(self, batch: Batch, cells: Tensor, real: Tensor) -> tuple[Tensor, Judgement | None]:
        """Fuse the text with the picture as far as it is related.

        Args:
            batch: the tweets.
            cells: projected cells, [tweets, cells, width of the encoder].
            real: True for cells, False for tweets without a picture, [tweets, cells].

        Returns:
            States of subwords, [windows, subwords, width], and the judgement; None without a gate.
        """

    def judge(self, batch: Batch, cells: Tensor, real: Tensor) -> Judgement | None:
        """The judgement alone; arguments as in `fuse`."""
        return self.fuse(batch, cells, real)[1]

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        return self._tag(batch)[0]

    def judged_relation(self, batch: Batch) -> Tensor | None:
        """The gate: the probability that text and picture are related, [tweets]."""
        judgement = self.judge(batch, *self._cells(batch))
        return torch.sigmoid(judgement.gate) if judgement is not None else None

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Tagging; the relation on labelled pairs; and of a gate with a teacher, the teacher's judgement on all pairs.

        Only if the training tweets have relation labels.
        """
        batch = views[self.config.primary_view]
        emissions, judgement = self._tag(batch)
        return {"nll": self.head.loss(emissions, *self.targets(batch)), **self._relation_terms(judgement, batch)}

    def relation_losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """The terms of the relation on a batch of the relation corpus."""
        batch = views[self.config.primary_view]
        return self._relation_terms(self.judge(batch, *self._cells(batch)), batch)

    def _relation_terms(self, judgement: Judgement | None, batch: Batch) -> dict[str, Tensor]:
        if batch.related is None or judgement is None:
            return {}
        pictured, weight = batch.visual.present(InputKind.GRID), self.config.relation_weight
        labelled = pictured & (batch.related >= 0)
        terms = {"relation": weight * relation_loss(judgement.learner, batch.related, labelled)}
        if judgement.learner is not judgement.gate:
            taught = torch.sigmoid(judgement.learner.detach())
            terms["student"] = weight * relation_loss(judgement.gate, taught, pictured)
        return terms

    def _cells(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Projected cells and their mask."""
        return self.see(batch.visual.vectors[InputKind.GRID]), batch.visual.masks[InputKind.GRID]

    def _tag(self, batch: Batch) -> tuple[Tensor, Judgement | None]:
        states, judgement = self.fuse(batch, *self._cells(batch))
        words = pool_words(states, batch.subwords, Pooling.MEAN)
        if batch.word_rows is not None:
            words = torch.cat([words, self.encoder.further_vectors(batch.word_rows)], -1)
        emissions: Tensor = self.project(self.dropout(read_packed(self.lstm, words, batch.subwords.sizes)[0]))
        return emissions, judgement
