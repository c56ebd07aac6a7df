"""AdaCAN (Zhang et al. 2018): each word looks at the picture, what it sees looks at words, and two gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.batch import Batch
from mnerbench.methods.encoders.base import Encoder
from mnerbench.methods.layers.visual_attention import Attended, CoAttention, FiltrationGate
from mnerbench.methods.visual_attention.base import VisualAttentionTagger
from mnerbench.methods.visual_attention.card import VisualAttentionConfig


class AdaCAN(VisualAttentionTagger):
    """Co-attention and a gate that filters what it lets in."""

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
        self.finish(2 * encoder.width, len(labels))

    @property
    def looking(self) -> Attended:
        """A question per word."""
        return self.meet.to_cells

    def fuse(self, given: Tensor, states: Tensor, batch: Batch) -> Tensor:
        """[h; u], u = 0 where there is no picture."""
        cells, real, present = self.cells(batch)
        fused: Tensor = self.filter(states, self.meet(states, cells, (batch.mask, real)), present)
        return fused
