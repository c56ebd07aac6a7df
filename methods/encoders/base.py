"""Base of all encoders: a module that computes word vectors, with its tokenizer."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.tokenizer import Tokenizer


class Encoder(nn.Module, ABC):
    """Computes a vector per word.

    Attributes:
        tokenizer: tokenizer of the encoder.
        width: width of a word vector.
    """

    tokenizer: Tokenizer
    width: int

    @abstractmethod
    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; undefined but finite at padding."""
