"""What stands under every method: something that gives a vector per word, with the tokenizer that belongs to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Protocol

from torch import Tensor, nn

from mnerbench.methods.layers.choices import Pooling
from mnerbench.methods.layers.piece_tokenizer import Pieces, Template
from mnerbench.methods.layers.pieces import PieceBatch


class Tokenizer(Protocol):
    """From words to numbers.

    Attributes:
        template: special pieces around a text.
        pad: number of the padding piece.
        limit: pieces per row, special ones included.
    """

    @property
    def template(self) -> Template: ...  # noqa: D102
    @property
    def pad(self) -> int: ...  # noqa: D102
    @property
    def limit(self) -> int: ...  # noqa: D102

    def words(self, words: Iterable[str]) -> list[Pieces]:
        """Pieces per word, at least one each."""

    def zero_piece_words(self, words: Iterable[str]) -> int:
        """How many of `words` nothing is known of."""

    def context(self, texts: Sequence[str]) -> Pieces:
        """Pieces of texts that follow a tweet."""


class Encoder(nn.Module, ABC):
    """Vectors of words.

    Attributes:
        tokenizer: that belongs to it.
        width: of a word's vector.
    """

    tokenizer: Tokenizer
    width: int

    @abstractmethod
    def forward(self, batch: PieceBatch, pooling: Pooling = Pooling.FIRST) -> Tensor:
        """Word vectors, [tweets, words, width]; finite at padded words, and meaningless."""
