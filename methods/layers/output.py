"""The last linear layer with its head: labels by a CRF or a softmax, or spans."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from mnerbench.methods.base.choices import Decoder
from mnerbench.methods.base.configs import TaggerConfig
from mnerbench.methods.layers.head import TaggingHead, build_head
from mnerbench.methods.layers.spans.head import SpanHead


def build_output(width: int, config: TaggerConfig, names: Sequence[str]) -> tuple[nn.Linear, TaggingHead]:
    """Build a layer from unit vectors to emissions, and the head of the config's decoder, in this order.

    Args:
        width: of a unit's vector.
        config: names the decoder.
        names: labels of units.

    Raises:
        ConfigError: `decoder = spans` with labels of subwords.
    """
    if config.decoder is Decoder.SPANS:
        head = SpanHead(names)
        return nn.Linear(width, head.columns), head
    return nn.Linear(width, len(names)), build_head(config.decoder, len(names), config.crf)
