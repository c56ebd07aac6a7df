"""Transformer layers as BERT has them, also between two modalities (Vaswani et al. 2017; UMT; MAF eqs. 4-8)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from mnerbench.datasets.errors import ConfigError

# As BERT initialises its layers.
_SPREAD = 0.02


class TransformerLayer(nn.Module):
    """Attention and feed-forward network, each with residual and layer norm behind it.

    V' = LN(Q + MultiHead(Q, K, K)), out = LN(V' + FFN(V')). With keys = queries it is a layer of BERT; with cells of
    a picture as keys it is UMT's cross-modal layer and MAF's interaction module.

    Args:
        width: of queries, keys and result.
        heads: of the attention.
        inner: width of the feed-forward network.
        dropout: on attention probabilities and both outputs.

    Raises:
        ConfigError: the heads do not divide the width.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        if width % heads:
            raise ConfigError(f"heads = {heads} does not divide the width {width}\n  -> choose a divisor of it")
        self._heads, self._dropout = heads, dropout
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm_attention, self.norm = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries: Tensor, keys: Tensor, real: Tensor) -> Tensor:
        """Queries that have looked at keys, [batch, queries, width].

        Args:
            queries: [batch, queries, width].
            keys: [batch, keys, width].
            real: True for real keys, [batch, keys]. Where there is none the result is finite and means nothing.
        """
        seen = real | ~real.any(-1, keepdim=True)
        found = scaled_dot_product_attention(
            self._split(self.query(queries)),
            self._split(self.key(keys)),
            self._split(self.value(keys)),
            attn_mask=seen[:, None, None, :],
            dropout_p=self._dropout if self.training else 0.0,
        )
        attended = self.norm_attention(queries + self.dropout(self.out(found.transpose(1, 2).flatten(2))))
        result: Tensor = self.norm(attended + self.dropout(self.down(nn.functional.gelu(self.up(attended)))))
        return result

    def attention(self, queries: Tensor, keys: Tensor, real: Tensor) -> Tensor:
        """Where queries look, mean over heads, [batch, queries, keys]; rows sum to one. Arguments as of `forward`."""
        given, asked = self._split(self.query(queries)), self._split(self.key(keys))
        scores = given @ asked.transpose(-1, -2) / math.sqrt(given.shape[-1])
        seen = real | ~real.any(-1, keepdim=True)
        return scores.masked_fill(~seen[:, None, None, :], -math.inf).softmax(-1).mean(1)

    def _split(self, states: Tensor) -> Tensor:
        """[batch, positions, width] to [batch, heads, positions, width of a head]."""
        return states.view(*states.shape[:2], self._heads, -1).transpose(1, 2)


class TransformerStack(nn.Module):
    """Several layers of self-attention.

    Args:
        depth: number of layers.
        width, heads, inner, dropout: of each.
    """

    def __init__(self, depth: int, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(width, heads, inner, dropout) for _ in range(depth))

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """[batch, positions, width] to the same; `real` is True for real positions, [batch, positions]."""
        for layer in self.layers:
            states = layer(states, states, real)
        return states


@torch.no_grad()
def initialise_like_bert(module: nn.Module) -> None:
    """Normal weights with a deviation of 0.02 and zero biases, in all linear layers and embeddings below."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            part.weight.normal_(0.0, _SPREAD)
        if isinstance(part, nn.Linear) and part.bias is not None:
            part.bias.zero_()
