"""What stands under every method: something that gives a vector per word, with the tokenizer that belongs to it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.tokenizer import Tokenizer


class Encoder(nn.Module, ABC):
    """Vectors of words.

    Attributes:
        tokenizer: that belongs to it.
        width: of a word's vector.
    """

    tokenizer: Tokenizer
    width: int

    @abstractmethod
    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; finite at padded words, and meaningless."""
