"""Transformer layers as in BERT, within and across modalities (Vaswani et al. 2017; UMT; MAF eqs. 4-8)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from mnerbench.datasets.errors import ConfigError

_INITIAL_DEVIATION = 0.02  # BERT's initializer_range


class TransformerLayer(nn.Module):
    """Attention and feed-forward network, each followed by a residual connection and layer norm.

    V' = LN(Q + MultiHead(Q, K, K)), out = LN(V' + FFN(V')). With keys = queries it is a layer of BERT; with cells of
    a picture as keys it is UMT's cross-modal layer and MAF's interaction module.

    Args:
        width: width of queries, keys and outputs.
        heads: number of attention heads.
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
        """Attend from queries to keys, [batch, queries, width].

        Args:
            queries: [batch, queries, width].
            keys: [batch, keys, width].
            real: True for keys, False for padding, [batch, keys]. Without any key the result is undefined but finite.
        """
        visible = real | ~real.any(-1, keepdim=True)
        mixed = scaled_dot_product_attention(
            self._split(self.query(queries)),
            self._split(self.key(keys)),
            self._split(self.value(keys)),
            attn_mask=visible[:, None, None, :],
            dropout_p=self._dropout if self.training else 0.0,
        )
        attended = self.norm_attention(queries + self.dropout(self.out(mixed.transpose(1, 2).flatten(2))))
        result: Tensor = self.norm(attended + self.dropout(self.down(nn.functional.gelu(self.up(attended)))))
        return result

    def attention(self, queries: Tensor, keys: Tensor, real: Tensor) -> Tensor:
        """Attention weights, mean over heads, [batch, queries, keys]; rows sum to one. Arguments as in `forward`."""
        query_heads, key_heads = self._split(self.query(queries)), self._split(self.key(keys))
        scores = query_heads @ key_heads.transpose(-1, -2) / math.sqrt(query_heads.shape[-1])
        visible = real | ~real.any(-1, keepdim=True)
        return scores.masked_fill(~visible[:, None, None, :], -math.inf).softmax(-1).mean(1)

    def _split(self, states: Tensor) -> Tensor:
        """[batch, positions, width] to [batch, heads, positions, width of a head]."""
        return states.view(*states.shape[:2], self._heads, -1).transpose(1, 2)


class TransformerStack(nn.Module):
    """A stack of self-attention layers.

    Args:
        depth: number of layers.
        width, heads, inner, dropout: as in `TransformerLayer`.
    """

    def __init__(self, depth: int, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(width, heads, inner, dropout) for _ in range(depth))

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """Apply the layers, [batch, positions, width]; `real` is False for padding, [batch, positions]."""
        for layer in self.layers:
            states = layer(states, states, real)
        return states


@torch.no_grad()
def initialise_like_bert(module: nn.Module) -> None:
    """Draw weights of all linear layers and embeddings from N(0, 0.02²) and set their biases to zero."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            part.weight.normal_(0.0, _INITIAL_DEVIATION)
        if isinstance(part, nn.Linear) and part.bias is not None:
            part.bias.zero_()
