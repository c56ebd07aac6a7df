"""GVATT (Lu et al. 2018): the tweet as a whole looks at the picture; a gate lets what it sees into each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.recurrent import read_packed
from mnerbench.methods.encoders.word_encoder import WordEncoder
from mnerbench.methods.layers.visual_attention import Attended, VisualGate
from mnerbench.methods.visual_attention.base import VisualAttentionTagger
from mnerbench.methods.visual_attention.card import GVATTConfig


class GVATT(VisualAttentionTagger):
    """An LSTM over the words asks, cells answer, and every word gets the same answer through a gate of its own."""

    config: GVATTConfig

    def __init__(
        self, config: GVATTConfig, encoder: Encoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        given = encoder.given if isinstance(encoder, WordEncoder) else encoder.width
        self.ask = nn.LSTM(given, config.queried, batch_first=True)
        self.attention = Attended(config.queried, encoder.width, encoder.width, apart=config.apart)
        self.gate = VisualGate(encoder.width, encoder.width)
        self.finish(encoder.width, len(labels))

    @property
    def looking(self) -> Attended:
        """One question per tweet."""
        return self.attention

    def fuse(self, given: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """Words with what the tweet saw, v = 0 where there is no picture."""
        cells, real, present = self.cells(batch)
        question = read_packed(self.ask, given, batch.pieces)[1].transpose(0, 1)
        fused: Tensor = self.gate(states, present * self.attention(question, cells, real))
        return fused
