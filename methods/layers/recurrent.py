"""LSTMs over tweets of different length, packed: padding is neither read nor computed."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mnerbench.methods.layers.pieces import PieceBatch


def read_packed(lstm: nn.LSTM, given: Tensor, batch: PieceBatch) -> tuple[Tensor, Tensor]:
    """An LSTM over the words of tweets of different length.

    Args:
        lstm: with `batch_first`.
        given: [tweets, words, width].
        batch: knows the lengths, on the host.

    Returns:
        States, [tweets, words, width], zero at padded words; and the last ones, [directions, tweets, hidden].
    """
    packed = pack_padded_sequence(given, torch.tensor(batch.sizes), batch_first=True, enforce_sorted=False)
    states, (last, _) = lstm(packed)
    return pad_packed_sequence(states, batch_first=True, total_length=given.shape[1])[0], last
