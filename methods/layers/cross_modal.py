"""Attention between the words of a tweet and the parts of its picture, in both directions (UMT, Yu et al. 2020)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mnerbench.methods.layers.transformer import TransformerLayer
from mnerbench.methods.layers.visual_attention import MixingGate


class CrossModalAttention(nn.Module):
    """Words attend to parts of the picture; parts attend to words, and words to what these became.

    Args:
        width, heads, inner, dropout: as in `TransformerLayer`.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        shape = (width, heads, inner, dropout)
        self.text_to_image, self.image_to_text, self.text_to_text = (TransformerLayer(*shape) for _ in range(3))

    def forward(self, text: Tensor, parts: tuple[Tensor, Tensor], real: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Image-aware text and word-aware visual vectors, both [batch, words, width]; undefined without any part.

        Args:
            text: [batch, words, width].
            parts: parts of the picture as keys, and as queries, both [batch, parts, width].
            real: masks, False for padding, of words, [batch, words], and of parts, [batch, parts].
        """
        word_aware_visual = self.text_to_image(text, parts[0], real[1])
        text_aware_parts = self.image_to_text(parts[1], text, real[0])
        return self.text_to_text(text, text_aware_parts, real[1]), word_aware_visual


class GatedCrossAttention(nn.Module):
    """Self-attention among parts of a picture, cross-modal attention, and a gate that mixes its two results (MGCMT).

    The parts pass one self-attention layer as keys and another one as queries. Where a picture has no parts, the
    result is zero.

    Args:
        width, heads, inner, dropout: as in `TransformerLayer`.
    """

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        shape = (width, heads, inner, dropout)
        self.among_keys, self.among_queries = TransformerLayer(*shape), TransformerLayer(*shape)
        self.cross, self.gate = CrossModalAttention(*shape), MixingGate(width)

    def forward(self, text: Tensor, parts: tuple[Tensor, Tensor], real: tuple[Tensor, Tensor]) -> Tensor:
        """[batch, words, width]; arguments as in `CrossModalAttention`."""
        keys, queries = self.among_keys(parts[0], parts[0], real[1]), self.among_queries(parts[1], parts[1], real[1])
        image_aware_text, word_aware_visual = self.cross(text, (keys, queries), real)
        mixed: Tensor = self.gate(word_aware_visual, image_aware_text)
        return torch.where(real[1].any(-1)[:, None, None], mixed, 0.0)
