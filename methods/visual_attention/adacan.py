"""AdaCAN (Zhang et al. 2018): co-attention of words and picture, and two gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.layers.visual_attention import AdditiveAttention, CoAttention, FiltrationGate
from mnerbench.methods.visual_attention.base import VisualAttentionTagger
from mnerbench.methods.visual_attention.card import VisualAttentionConfig


class AdaCAN(VisualAttentionTagger):
    """Co-attention followed by a filtration gate."""

    def __init__(
        self,
        config: VisualAttentionConfig,
        encoder: Encoder,
        labels: Sequence[str],
        visual: Mapping[InputKind, FeatureShape],
    ) -> None:
        super().__init__(config, encoder, labels, visual)
        self.meet = CoAttention(encoder.width, apart=config.apart)
        self.filter = FiltrationGate(encoder.width)
        self.finish(2 * encoder.width)

    @property
    def visual_attention(self) -> AdditiveAttention:
        """Attention from words to cells."""
        return self.meet.to_cells

    def fuse(self, inputs: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """[h; u], with u = 0 without a picture."""
        cells, real, present = self.cells(batch)
        fused: Tensor = self.filter(
            states, self.meet(states, cells, (self.labelling.mask(batch.subwords), real)), present
        )
        return fused
