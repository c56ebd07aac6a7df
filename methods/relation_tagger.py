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


class Fused(NamedTuple):
    """Text and gated picture of a batch.

    Attributes:
        states: of subwords, [windows, subwords, width].
        gate: log-odds that text and picture are related, which scale the picture, [tweets]; None without a gate.
        judged: log-odds that learn from relation labels, [tweets]; those of the gate, or of its teacher.
    """

    states: Tensor
    gate: Tensor | None = None
    judged: Tensor | None = None


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
        self.lstm = nn.LSTM(width, config.hidden, config.layers, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.project, self.head = build_output(2 * config.hidden, config, self.labels)

    @abstractmethod
    def fuse(self, batch: Batch, cells: Tensor, real: Tensor) -> Fused:
        """Judge the relation, and fuse the text with the picture as far as it is related.

        Args:
            batch: the tweets.
            cells: projected cells, [tweets, cells, width of the encoder].
            real: True for cells, False for tweets without a picture, [tweets, cells].
        """

    def forward(self, batch: Batch) -> Tensor:
        """Emissions, [tweets, words, labels]."""
        return self._tag(self._fused(batch), batch)

    def judged_relation(self, batch: Batch) -> Tensor | None:
        """The gate: the probability that text and picture are related, [tweets]."""
        gate = self._fused(batch).gate
        return torch.sigmoid(gate) if gate is not None else None

    def losses(self, views: Mapping[View, Batch]) -> dict[str, Tensor]:
        """Tagging; the relation on labelled pairs; and of a gate with a teacher, the teacher's judgement on all pairs.

        Only if the training tweets have relation labels.
        """
        batch = views[self.config.primary_view]
        fused, weight = self._fused(batch), self.config.relation_weight
        terms = {"nll": self.head.loss(self._tag(fused, batch), *self.targets(batch))}
        if batch.related is None or fused.gate is None or fused.judged is None:
            return terms
        pictured = batch.visual.present(InputKind.GRID)
        terms["relation"] = weight * relation_loss(fused.judged, batch.related, pictured & (batch.related >= 0))
        if fused.judged is not fused.gate:
            taught = torch.sigmoid(fused.judged.detach())
            terms["student"] = weight * relation_loss(fused.gate, taught, pictured)
        return terms

    def _fused(self, batch: Batch) -> Fused:
        cells = self.see(batch.visual.vectors[InputKind.GRID])
        return self.fuse(batch, cells, batch.visual.masks[InputKind.GRID])

    def _tag(self, fused: Fused, batch: Batch) -> Tensor:
        words = pool_words(fused.states, batch.subwords, Pooling.MEAN)
        emissions: Tensor = self.project(self.dropout(read_packed(self.lstm, words, batch.subwords.sizes)[0]))
        return emissions
