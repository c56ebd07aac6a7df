"""BERT and its relatives layer by layer, for methods that add positions to its layers or read what is inside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.choices import BERT_TYPES
from mnerbench.methods.base.family import EncoderShape, type_misfit
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder


class SelfAttention(NamedTuple):
    """What a layer's self-attention computes.

    Attributes:
        context: weighted sums of values, heads side by side, before the output layer, [windows, positions, width].
        keys: [windows, heads, positions, width of a head].
        values: of the same shape.
    """

    context: Tensor
    keys: Tensor
    values: Tensor


def layers_of(encoder: TextEncoder) -> Sequence[Any]:
    """The layers of an encoder, first one first.

    Raises:
        ConfigError: its layers have other parts.
    """
    model = encoder.model
    if (reason := type_misfit(BERT_TYPES, EncoderShape(str(model.config.model_type), 0, 0))) is not None:  # type: ignore[union-attr]
        raise ConfigError(reason)
    layers: Sequence[Any] = model.encoder.layer  # type: ignore[union-attr, assignment]
    return layers


def embed(encoder: TextEncoder, batch: SubwordBatch) -> Tensor:
    """Inputs of the first layer, [windows, subwords, width]."""
    model: Any = encoder.model
    embedded: Tensor = model.embeddings(input_ids=batch.ids, **encoder.segments(batch.segments))
    # ELECTRA's embeddings may be narrower than its layers.
    return model.embeddings_project(embedded) if hasattr(model, "embeddings_project") else embedded


def attend(layer: Any, states: Tensor, real: Tensor) -> SelfAttention:
    """Self-attention of a layer.

    Args:
        layer: of `layers_of`.
        states: its inputs, [windows, positions, width].
        real: True for positions, False for padding, [windows, positions].
    """
    attention = layer.attention.self
    query, keys, values = (
        part(states).unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2)
        for part in (attention.query, attention.key, attention.value)
    )
    dropout = attention.dropout.p if attention.training else 0.0
    context = nn.functional.scaled_dot_product_attention(
        query, keys, values, attn_mask=real[:, None, None], dropout_p=dropout
    )
    return SelfAttention(context.transpose(1, 2).flatten(2), keys, values)


def finish(layer: Any, states: Tensor, context: Tensor, inner: Tensor | None = None) -> Tensor:
    """The rest of a layer after its attention, [windows, positions, width].

    Args:
        layer: of `layers_of`.
        states: its inputs, [windows, positions, width].
        context: of `attend`.
        inner: added to the hidden layer of the feed-forward network before its activation, [windows, positions, inner].
    """
    attended = layer.attention.output(context, states)
    hidden = layer.intermediate.dense(attended)
    hidden = layer.intermediate.intermediate_act_fn(hidden if inner is None else hidden + inner)
    finished: Tensor = layer.output(hidden, attended)
    return finished


def encode_beside(encoder: TextEncoder, batch: SubwordBatch, beside: Tensor, real: Tensor) -> Tensor:
    """Last hidden states of the subwords, [windows, subwords, width], with further vectors in every layer.

    Unlike those of `TextEncoder.encode_with_vectors`, the vectors get no position, segment or layer norm.

    Args:
        encoder: a BERT or a relative.
        batch: the subwords.
        beside: inputs of the first layer, [windows, vectors, width].
        real: True for vectors, False for padding, [windows, vectors].
    """
    states, visible = torch.cat([embed(encoder, batch), beside], 1), torch.cat([batch.mask, real], 1)
    for layer in layers_of(encoder):
        states = finish(layer, states, attend(layer, states, visible).context)
    return states[:, : batch.ids.shape[1]]
