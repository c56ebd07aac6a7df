"""Puts a text in front of tweets, as the first of a pair of texts, so that the encoder reads a query with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.text_encoder import TextEncoder


class TextInFront(nn.Module):
    """A fixed text in front of every window of every tweet, which becomes the second of a pair.

    Args:
        encoder: whose tokenizer reads the text; `reserve` its `positions`.
        text: the text.

    Attributes:
        positions: by which windows become longer.
    """

    subwords: Tensor

    def __init__(self, encoder: TextEncoder, text: str) -> None:
        super().__init__()
        self._template = encoder.tokenizer.template
        ids = [*self._template.before, *encoder.tokenizer.context([text]), *self._template.between]
        self.positions = len(ids) - len(self._template.before)
        self.register_buffer("subwords", torch.tensor(ids, dtype=torch.long), persistent=False)

    def put(self, batch: SubwordBatch) -> SubwordBatch:
        """The windows with the text in front. Only ids, mask and segments describe them: the encoder reads no more."""
        text = self.subwords.expand(len(batch.ids), -1)
        second = torch.full_like(batch.segments, self._template.second_segment)
        return replace(
            batch,
            ids=self._behind(batch.ids, text),
            mask=self._behind(batch.mask, torch.ones_like(text, dtype=torch.bool)),
            segments=self._behind(second, torch.zeros_like(text)),
        )

    def drop(self, states: Tensor) -> Tensor:
        """States of the original windows, [windows, subwords, width], from those of `put`."""
        return self._behind(states[:, self.positions :], states[:, : len(self._template.before)])

    def _behind(self, values: Tensor, first: Tensor) -> Tensor:
        """Replace what precedes the tweet."""
        return torch.cat([first, values[:, len(self._template.before) :]], 1)


def texts_in_front(encoder: TextEncoder, texts: Sequence[str]) -> nn.ModuleList:
    """Texts that are put in front one at a time; reserves positions for the longest."""
    modules = [TextInFront(encoder, text) for text in texts]
    encoder.reserve(max((module.positions for module in modules), default=0))
    return nn.ModuleList(modules)
