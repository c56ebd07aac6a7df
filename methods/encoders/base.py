"""Base of all encoders: a module that computes word vectors, with its tokenizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from mnerbench.methods.base.choices import Pooling
from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.tokenizer import Tokenizer
from mnerbench.methods.encoders.word_table import WordTable


class Encoder(nn.Module, ABC):
    """Computes a vector per word.

    Attributes:
        tokenizer: tokenizer of the encoder.
        width: width of a word vector.
        word_table: further word vectors, for methods that read them (`MethodConfig.reads_word_vectors`); else None.
    """

    tokenizer: Tokenizer
    width: int

    def __init__(self) -> None:
        super().__init__()
        self.word_table: WordTable | None = None

    @property
    def further_vectors(self) -> WordTable:
        """`word_table` of an encoder whose method reads one.

        Raises:
            RuntimeError: there is none.
        """
        if self.word_table is None:
            raise RuntimeError("no word vectors beside the encoder: the method's config must ask by reads_word_vectors")
        return self.word_table

    @contextmanager
    def encoding_equal_windows_once(self) -> Iterator[None]:
        """Within it, an encoder may encode a batch of equal windows as a single one; by default nothing changes."""
        yield

    @abstractmethod
    def forward(self, batch: SubwordBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; undefined but finite at padding."""
