"""Regions of a picture, weighed by a query, to which the query and words attend."""

from __future__ import annotations

from torch import Tensor, nn

from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.layers.visual_attention import AdditiveAttention, FiltrationGate


class QueriedRegions(nn.Module):
    """Weighs regions by a query, lets every state attend to the weighed regions, and gates what it saw.

    With a softmax weight a_r of each of n regions v_r, states attend to n a_r v_r: under equal weights, regions keep
    their scale. The result is [h; gated picture] (`FiltrationGate`), with zeros for tweets without a region.

    Args:
        regions: width of region vectors.
        width: of states; the result is twice as wide.
        heads, inner, dropout: of the attention to regions, as in `TransformerLayer`.
    """

    def __init__(self, regions: int, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.normalise, self.see = nn.LayerNorm(regions), nn.Linear(regions, width)
        self.weigh = AdditiveAttention(width, width, width, apart=False)
        self.look = TransformerLayer(width, heads, inner, dropout)
        self.gate = FiltrationGate(width)

    def forward(self, states: Tensor, regions: Tensor, real: Tensor) -> Tensor:
        """[batch, states, 2 * width].

        Args:
            states: vectors of the query, then of words, [batch, 1 + words, width].
            regions: [batch, regions, width of regions].
            real: True for regions, False for padding, [batch, regions].
        """
        seen = self.see(self.normalise(regions))
        weights = self.weigh.attention(states[:, :1], seen, real).transpose(1, 2) * real.sum(-1)[:, None, None]
        fused: Tensor = self.gate(states, self.look(states, weights * seen, real), real.any(-1)[:, None, None])
        return fused
