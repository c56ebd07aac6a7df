"""Attention with prefixes: keys and values from elsewhere precede a layer's own (Li and Liang 2021)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

KeysAndValues = tuple[Tensor, Tensor]


def attend_with_prefix(
    query: Tensor,
    own: KeysAndValues,
    prefix: KeysAndValues | None,
    visible: Tensor | None,
    *,
    dropout: float,
    scale: float | None = None,
) -> Tensor:
    """softmax(q [k_prefix; k] * scale) [v_prefix; v], [batch, heads, positions, width of a head].

    Args:
        query: [batch, heads, positions, width of a head].
        own: keys and values of the layer, of the same shape.
        prefix: further keys and values, [batch, heads, prefixes, width of a head]; None for plain attention.
        visible: True where a query sees a key, prefixes first, [batch, 1, positions or 1, prefixes + positions].
        dropout: on attention probabilities.
        scale: default: one over the square root of the width of a head.
    """
    keys, values = own
    if prefix is not None:
        keys = torch.cat([prefix[0].to(keys.dtype), keys], 2)
        values = torch.cat([prefix[1].to(values.dtype), values], 2)
    return scaled_dot_product_attention(query, keys, values, attn_mask=visible, dropout_p=dropout, scale=scale)
