"""LSTMs: over tweets of different length, packed, so that padding is neither read nor computed; and their precision."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from mnerbench.methods.encoders.subword_batch import SubwordBatch

Sequences = TypeVar("Sequences", Tensor, PackedSequence)


def run_lstm(lstm: nn.LSTM, given: Sequences) -> tuple[Sequences, tuple[Tensor, Tensor]]:
    """States of an LSTM and its last ones; in fp32, also under autocast.

    CUDA's autocast computes LSTMs in fp16 whatever it is asked for: without loss scaling small gradients vanish, and
    `torch.cat` refuses fp16 beside bf16. Many CPUs have no LSTM in bf16 at all.

    Args:
        lstm: with `batch_first`.
        given: [sequences, positions, width], or packed.
    """
    weights = next(lstm.parameters())
    with torch.autocast(weights.device.type, enabled=False):
        states, last = lstm(given.to(weights.dtype))
    return states, last


def read_packed(lstm: nn.LSTM, given: Tensor, batch: SubwordBatch) -> tuple[Tensor, Tensor]:
    """An LSTM over the words of tweets of different length.

    Args:
        lstm: with `batch_first`.
        given: [tweets, words, width].
        batch: knows the lengths, on the host.

    Returns:
        States, [tweets, words, width], zero at padded words; and the last ones, [directions, tweets, hidden].
    """
    packed = pack_padded_sequence(given, torch.tensor(batch.sizes), batch_first=True, enforce_sorted=False)
    states, (last, _) = run_lstm(lstm, packed)
    return pad_packed_sequence(states, batch_first=True, total_length=given.shape[1])[0], last
