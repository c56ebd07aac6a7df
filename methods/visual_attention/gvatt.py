"""GVATT (Lu et al. 2018): attention from the whole tweet to the picture, and a gate per word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.encoders.recurrent import read_packed
from mnerbench.methods.encoders.word_encoder import WordEncoder
from mnerbench.methods.layers.visual_attention import AdditiveAttention, VisualGate
from mnerbench.methods.visual_attention.base import VisualAttentionTagger
from mnerbench.methods.visual_attention.card import GVATTConfig


class GVATT(VisualAttentionTagger):
    """The last state of an LSTM attends to the cells; each word gates the resulting picture vector."""

    config: GVATTConfig

    def __init__(
        self, config: GVATTConfig, encoder: Encoder, labels: Sequence[str], visual: Mapping[InputKind, FeatureShape]
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        input_width = encoder.input_width if isinstance(encoder, WordEncoder) else encoder.width
        self.ask = nn.LSTM(input_width, config.queried, batch_first=True)
        self.attention = AdditiveAttention(config.queried, encoder.width, encoder.width, apart=config.apart)
        self.gate = VisualGate(encoder.width, encoder.width)
        self.finish(encoder.width)

    @property
    def visual_attention(self) -> AdditiveAttention:
        """Attention from the tweet to cells."""
        return self.attention

    def fuse(self, inputs: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """Words with the gated picture vector v; v = 0 without a picture."""
        cells, real, present = self.cells(batch)
        question = read_packed(self.ask, inputs, self.labelling.sizes(batch.subwords))[1].transpose(0, 1)
        fused: Tensor = self.gate(states, present * self.attention(question, cells, real))
        return fused
