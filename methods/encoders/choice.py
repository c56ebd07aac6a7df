"""Builds the word encoder of a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mnerbench.methods.base.configs import WordTaggerConfig
from mnerbench.methods.base.family import MethodConfig
from mnerbench.methods.encoders.characters import build_spelling
from mnerbench.methods.encoders.word_encoder import WordEncoder, word_encoder

NO_VECTORS: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


def encoder_of_words(
    config: MethodConfig, tweets: Sequence[Sequence[str]], vectors: Mapping[str, NDArray[np.float32]] = NO_VECTORS
) -> WordEncoder:
    """Build an LSTM over word vectors with the widths of a config.

    Args:
        config: config of a method that reads word vectors.
        tweets: words of the training tweets.
        vectors: pretrained vectors by word in lower case; empty for random vectors.

    Raises:
        TypeError: the config is no `WordTaggerConfig`.
    """
    if not isinstance(config, WordTaggerConfig):
        raise TypeError(
            f"{type(config).__name__} reads word vectors, but is no WordTaggerConfig, which has their widths"
        )
    spelling = build_spelling(config.spelling, config.character_width, config.spelled_width, config.dropout)
    sizes = {"width": config.word_width, "hidden": config.hidden}
    return word_encoder(tweets, vectors, spelling, **sizes, dropout=config.dropout)
