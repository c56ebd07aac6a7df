"""RIVA (Sun et al. 2020): what subwords see in the picture is scaled by a student's judgement of the relation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.relation import TaughtRelation
from mnerbench.methods.layers.transformer import TransformerLayer, initialise_like_bert
from mnerbench.methods.relation_tagger import Judgement, RelationTagger
from mnerbench.methods.riva.card import RIVAConfig


class RIVA(RelationTagger):
    """[h; P * attended cells] per subword h, with P of a classifier that learns from another one, its teacher."""

    config: RIVAConfig

    def __init__(
        self, config: RIVAConfig, encoder: TextEncoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.look = TransformerLayer(encoder.width, config.heads or encoder.heads, encoder.inner, config.dropout)
        initialise_like_bert(self.look)
        self.relation = TaughtRelation(encoder.width)
        self.finish(2 * encoder.width)

    @property
    def visual_attention(self) -> TransformerLayer:
        """Attention from subwords to cells."""
        return self.look

    def fuse(self, batch: Batch, cells: Tensor, real: Tensor) -> tuple[Tensor, Judgement]:
        """Subwords beside what they see; the student is the gate."""
        subwords, tweet = batch.subwords, batch.subwords.tweet
        states = self.encoder.encode_subwords(subwords)
        mean = (cells * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True).clamp(min=1)
        student, teacher = self.relation(states[subwords.first_rows, 0], mean)
        gate = torch.sigmoid(student) * real.any(-1)
        seen = gate[tweet, None, None] * self.look(states, cells[tweet], real[tweet])
        return torch.cat([states, seen], -1), Judgement(student, teacher)
