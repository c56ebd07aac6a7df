"""Embeddings of the names of objects in a picture."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class ObjectNames(nn.Embedding):
    """An embedding per name of an object, after a first one for objects without a name, whose label is -1.

    Args:
        names: of objects, in the order of their labels.
        width: of an embedding.
    """

    def __init__(self, names: Sequence[str], width: int) -> None:
        super().__init__(1 + len(names), width)

    def of(self, labels: Tensor, real: Tensor) -> Tensor:
        """Embeddings of objects, [tweets, objects, width].

        Args:
            labels: label numbers, [tweets, objects].
            real: True for objects, False for padding, [tweets, objects].
        """
        embedded: Tensor = self(1 + labels.masked_fill(~real, -1))
        return embedded
