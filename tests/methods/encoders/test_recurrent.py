"""The precision of LSTMs."""

import pytest
import torch
from torch import nn

from mnerbench.methods.encoders.recurrent import run_lstm


@pytest.mark.parametrize("packed", [False, True])
def test_lstms_are_computed_in_fp32_under_autocast(packed):
    torch.manual_seed(0)
    lstm, inputs = nn.LSTM(4, 3, batch_first=True), torch.rand(2, 5, 4).bfloat16()
    sequences = nn.utils.rnn.pack_padded_sequence(inputs, torch.tensor([5, 2]), batch_first=True) if packed else inputs
    with torch.autocast("cpu", torch.bfloat16):
        states, (last, cell) = run_lstm(lstm, sequences)
        assert (lstm.weight_ih_l0 @ inputs[0].mT).dtype == torch.bfloat16  # as before
    assert {value.dtype for value in (states.data, last, cell)} == {torch.float32}
    expected = lstm(sequences.to(torch.float32))[0]
    assert torch.equal(states.data, expected.data)
