"""Prefix attention: additional keys and values in every layer of a text encoder, before those of its subwords.

Built on transformers' attention interface (https://huggingface.co/docs/transformers/attention_interface), so it works
with every version that has the interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.layers.prefix_attention import KeysAndValues, attend_with_prefix

_NAME = "mnerbench_prefixes"
# Keyword argument that the model's `forward` passes on to the attention of each layer.
_ARGUMENT = "mnerbench_prefixes"


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, None]:
    """Scaled dot-product attention; keys and values of prefixes precede the layer's own.

    Args:
        module: the layer's self-attention, which has a `layer_idx`.
        query: [windows, heads, subwords, width of a head].
        key: of the same shape.
        value: of the same shape.
        attention_mask: True where a query sees a key, [windows, 1, subwords, prefixes + subwords].
        options: `dropout`, `scaling`, and the prefixes by layer.

    Returns:
        [windows, subwords, heads, width of a head], and no attention weights.
    """
    prefixes: Mapping[int, KeysAndValues] | None = options.get(_ARGUMENT)
    output = attend_with_prefix(
        query,
        (key, value),
        prefixes[int(module.layer_idx)] if prefixes is not None else None,  # type: ignore[arg-type]
        attention_mask,
        dropout=options.get("dropout", 0.0),
        scale=options.get("scaling"),
    )
    return output.transpose(1, 2).contiguous(), None


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, sdpa_mask)


def enable_prefixes(encoder: TextEncoder) -> None:
    """Make a text encoder accept prefixes; without any, its output is unchanged.

    Raises:
        ConfigError: its attention cannot be replaced, or its layers have no index.
    """
    attentions = [module for module in encoder.model.modules() if hasattr(module, "layer_idx")]
    numbers = {module.layer_idx for module in attentions}
    if not encoder.takes_whole_mask or not numbers.issuperset(range(encoder.layers)):
        raise ConfigError(
            f"a {type(encoder.model).__name__} of transformers {transformers.__version__} does not accept prefixes\n"
            "  -> use --encoder with a BERT, RoBERTa, XLM-RoBERTa or ELECTRA"
        )
    encoder.model.set_attn_implementation(_NAME)  # type: ignore[operator]


def encode_with_prefixes(encoder: TextEncoder, batch: SubwordBatch, prefixes: Tensor, real: Tensor) -> Tensor:
    """Last hidden states of the subwords, [windows, subwords, width].

    Args:
        encoder: after `enable_prefixes`.
        batch: the subwords.
        prefixes: keys, then values of each layer, both of the encoder's width, [layers, windows, prefixes, 2 * width].
        real: True for prefixes, False for padding, [windows, prefixes]; windows without prefixes are encoded as usual.
    """
    # Heads are concatenated, as in the encoder's own projections.
    layers, rows, count, _ = prefixes.shape
    heads = prefixes.view(layers, rows, count, 2, encoder.heads, -1).permute(0, 3, 1, 4, 2, 5)
    visible = torch.cat([real, batch.mask], 1)[:, None, None].expand(-1, 1, batch.ids.shape[1], -1)
    output = encoder.model(
        input_ids=batch.ids,
        attention_mask=visible,
        **{_ARGUMENT: {layer: (keys, values) for layer, (keys, values) in enumerate(heads)}},
        **encoder.segments(batch.segments),
    )
    states: Tensor = output.last_hidden_state
    return states
