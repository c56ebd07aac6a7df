"""Fixed word vectors for methods that read them beside a text encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

_UNKNOWN = 0


class WordTable(nn.Module):
    """Word vectors by row; row 0, of padding and of words without a vector, is zero.

    The vectors are neither trained nor stored in checkpoints; a method that trains them copies them into an embedding.

    Args:
        vectors: by word in lower case.
        width: of a vector, for a table without words; otherwise ignored.

    Attributes:
        vectors: [1 + words, width].
        width: of a vector.
    """

    vectors: Tensor

    def __init__(self, vectors: Mapping[str, NDArray[np.float32]] = MappingProxyType({}), width: int = 1) -> None:
        super().__init__()
        words = sorted(vectors)
        self._rows = {word: row for row, word in enumerate(words, start=_UNKNOWN + 1)}
        self.width = len(vectors[words[0]]) if words else width
        table = np.zeros((_UNKNOWN + 1 + len(words), self.width), np.float32)
        for word, row in self._rows.items():
            table[row] = vectors[word]
        self.register_buffer("vectors", torch.from_numpy(table), persistent=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in the order of their rows."""
        return tuple(self._rows)

    def rows(self, words: Sequence[str]) -> list[int]:
        """Row of each word, looked up in lower case; 0 for words without a vector."""
        return [self._rows.get(word.lower(), _UNKNOWN) for word in words]

    def forward(self, rows: Tensor) -> Tensor:
        """Vectors of words, [tweets, words, width], from their rows, [tweets, words]; `rows > 0` is their mask."""
        return nn.functional.embedding(rows, self.vectors)
