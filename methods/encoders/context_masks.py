"""Separates the subwords of a tweet from those of the texts that follow it."""

from __future__ import annotations

import torch
from torch import Tensor

from mnerbench.methods.encoders.subword_batch import SubwordBatch
from mnerbench.methods.encoders.tokenizer import Template


def split_context(batch: SubwordBatch, template: Template) -> tuple[Tensor, Tensor]:
    """True for subwords of the tweet with its special tokens, and for those of its context; both [windows, subwords].

    The tweet's mask is that of the same window without a context. Separators between texts belong to the context.

    Args:
        batch: the subwords.
        template: special tokens of the encoder's tokenizer.
    """
    position = torch.arange(batch.ids.shape[1], device=batch.ids.device)
    end = torch.where(batch.owner >= 0, position + 1, len(template.before)).amax(1, keepdim=True)
    length = batch.mask.sum(1, keepdim=True)
    tweet = batch.mask & (position < end + len(template.after))
    context = (position >= end + len(template.between)) & (position < length - len(template.after_pair))
    return tweet, context


def last_rows(batch: SubwordBatch) -> Tensor:
    """Index of each tweet's last window, the one that its context follows, [tweets]."""
    after = torch.cat([batch.first_rows[1:], batch.first_rows.new_full((1,), len(batch.ids))])
    return after - 1
