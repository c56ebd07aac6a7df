"""Every method builds with the installed packages and takes a training step; one test per method."""

from __future__ import annotations

import pytest
import torch
from small_methods import make, train

from mnerbench.methods.registry import methods


@pytest.mark.parametrize("name", [entry.name for entry in methods() if entry.family.is_trained])
def test_builds_and_takes_one_step(name):
    method, split = make(name)
    before = {key: weight.detach().clone() for key, weight in method.named_parameters()}
    train(method, split, epochs=1)
    assert all(torch.isfinite(weight).all() for weight in method.parameters())
    # Biases that cancel in a softmax do not change; all parameters with more than one dimension do.
    still = [key for key, w in method.named_parameters() if w.dim() > 1 and torch.equal(w, before[key])]
    assert not still, f"unchanged after a step: {still}"
