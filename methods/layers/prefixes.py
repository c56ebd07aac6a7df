"""Keys and values that every layer of a text encoder sees before those of the pieces (prefix attention)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import torch
import transformers
from torch import Tensor

from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.layers.pieces import PieceBatch
from mnerbench.methods.layers.text_encoder import TextEncoder


class _Prefixes:
    """Stands where transformers keeps the keys and values of words that were read before."""

    def __init__(self, layers: Sequence[tuple[Tensor, Tensor]]) -> None:
        self._layers = layers

    def get_seq_length(self, _layer: int = 0) -> int:
        """None: the first piece stays at the first position."""
        return 0

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: object) -> tuple[Tensor, Tensor]:
        """Those of a layer, [rows, heads, prefixes + pieces, width of a head] each."""
        before = self._layers[layer]
        return torch.cat([before[0].to(keys.dtype), keys], 2), torch.cat([before[1].to(values.dtype), values], 2)


def check_takes_prefixes(encoder: TextEncoder) -> None:
    """Refuse encoders whose attention lets nothing in.

    Raises:
        ConfigError: it is no BERT, RoBERTa or ELECTRA, or transformers is older than 5.
    """
    if "past_key_values" not in inspect.signature(encoder.model.forward).parameters or not encoder.takes_whole_mask:
        raise ConfigError(
            f"prefixes: a {type(encoder.model).__name__} of transformers {transformers.__version__} takes none\n"
            "  -> --encoder with a BERT, RoBERTa, XLM-RoBERTa or ELECTRA, and transformers 5 or later"
        )


def pieces_behind(encoder: TextEncoder, batch: PieceBatch, prefixes: Tensor, real: Tensor) -> Tensor:
    """Last hidden states of the pieces, [rows, pieces, width].

    Args:
        encoder: that takes prefixes.
        batch: the pieces.
        prefixes: keys, then values, as wide as the encoder, of each layer: [layers, rows, prefixes, 2 * width].
        real: which prefixes there are, [rows, prefixes]; with none of a row, it is read as if alone.
    """
    # One head beside the other, as the encoder's own projections give them.
    layers, rows, count, _ = prefixes.shape
    heads = prefixes.view(layers, rows, count, 2, encoder.heads, -1).permute(0, 3, 1, 4, 2, 5)
    seen = torch.cat([real, batch.mask], 1)[:, None, None].expand(-1, 1, batch.ids.shape[1], -1)
    output = encoder.model(
        input_ids=batch.ids,
        attention_mask=seen,
        past_key_values=_Prefixes([(layer[0], layer[1]) for layer in heads]),
        use_cache=False,
        **encoder.segments(batch.segments),
    )
    states: Tensor = output.last_hidden_state
    return states
