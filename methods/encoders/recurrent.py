"""LSTMs in fp32 under autocast, and over packed sequences, which skip padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

Sequences = TypeVar("Sequences", Tensor, PackedSequence)


def run_lstm(lstm: nn.LSTM, inputs: Sequences) -> tuple[Sequences, tuple[Tensor, Tensor]]:
    """All states and the last states of an LSTM, computed in fp32 even under autocast.

    CUDA's autocast runs LSTMs in fp16, even if bf16 was requested: without loss scaling small gradients vanish, and
    `torch.cat` cannot mix fp16 and bf16. Many CPUs have no bf16 LSTM at all.

    Args:
        lstm: an LSTM with `batch_first`.
        inputs: [sequences, positions, width], or packed.
    """
    weights = next(lstm.parameters())
    with torch.autocast(weights.device.type, enabled=False):
        states, last = lstm(inputs.to(weights.dtype))
    return states, last


def read_packed(lstm: nn.LSTM, inputs: Tensor, sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Run an LSTM over tweets of different lengths.

    Args:
        lstm: an LSTM with `batch_first`.
        inputs: [tweets, words or subwords, width].
        sizes: length of each tweet, on the host.

    Returns:
        States, [tweets, words or subwords, width], zero at padding; and last states, [directions, tweets, hidden].
    """
    packed = pack_padded_sequence(inputs, torch.tensor(sizes), batch_first=True, enforce_sorted=False)
    states, (last, _) = run_lstm(lstm, packed)
    return pad_packed_sequence(states, batch_first=True, total_length=inputs.shape[1])[0], last
