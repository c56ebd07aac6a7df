"""Word dropout: whole vectors, the right share, unscaled, and no random number without it."""

from __future__ import annotations

import pytest
import torch

from mnerbench.methods.layers.word_dropout import WordDropout


def test_whole_vectors_are_zeroed_with_the_given_probability_and_others_kept():
    torch.manual_seed(0)
    words = torch.ones(200, 500, 3)
    dropped = WordDropout(0.1)(words)
    zeroed = (dropped == 0).all(-1)
    assert torch.equal(dropped[~zeroed], words[~zeroed])
    # 100,000 independent draws: four standard errors.
    assert zeroed.double().mean().item() == pytest.approx(0.1, abs=4 * (0.1 * 0.9 / 100_000) ** 0.5)


def test_nothing_is_dropped_in_evaluation():
    words = torch.ones(2, 3, 4)
    assert WordDropout(0.9).eval()(words) is words


def test_at_zero_the_random_numbers_of_later_layers_stay_the_same():
    state = torch.get_rng_state()
    WordDropout(0.0)(torch.ones(2, 3, 4))
    assert torch.equal(torch.get_rng_state(), state)
