"""Attention within two sides and between them, by transformer layers (after Yu et al. 2019, CVPR: MCAN)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mnerbench.methods.layers.transformer import TransformerLayer


class CoAttentionLayer(nn.Module):
    """Self-attention within words and within objects, then attention from each side to the other.

    Args:
        width, heads, inner, dropout: as in `TransformerLayer`.
        last: whether only the words are read afterwards; the objects then do not attend to them.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float, *, last: bool) -> None:
        super().__init__()
        shape = (width, heads, inner, dropout)
        self.among_words, self.among_objects, self.to_words = (TransformerLayer(*shape) for _ in range(3))
        self.to_objects = None if last else TransformerLayer(*shape)

    def forward(self, words: Tensor, objects: Tensor, real: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Words, [tweets, words, width], and objects, [tweets, objects, width], after the layer.

        Args:
            words: [tweets, words, width].
            objects: [tweets, objects, width].
            real: masks, False for padding, of words, [tweets, words], and of objects, [tweets, objects].
        """
        words, objects = self.among_words(words, words, real[0]), self.among_objects(objects, objects, real[1])
        guided = torch.where(real[1].any(-1)[:, None, None], self.to_words(words, objects, real[1]), words)
        return guided, objects if self.to_objects is None else self.to_objects(objects, words, real[0])
