"""The encoder that a method stands on, by what its config says it reads."""

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
    """An LSTM over vectors of words, of the sizes that a config names.

    Args:
        config: of a method that reads words.
        tweets: words of the training tweets.
        vectors: from a file, by word in lower case; none for random ones.

    Raises:
        TypeError: the config does not say how words are read.
    """
    if not isinstance(config, WordTaggerConfig):
        raise TypeError(f"{type(config).__name__} reads words, and is no WordTaggerConfig, which says how")
    spelling = build_spelling(config.spelling, config.character_width, config.spelled_width, config.dropout)
    sizes = {"width": config.word_width, "hidden": config.hidden}
    return word_encoder(tweets, vectors, spelling, **sizes, dropout=config.dropout)
