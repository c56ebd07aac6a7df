"""Every method by itself builds on the installed packages and takes one training step, so that none hides another."""

from __future__ import annotations

import pytest
import torch
from small_methods import make, train

from mnerbench.methods.registry import methods


@pytest.mark.parametrize("name", [entry.name for entry in methods() if not entry.family.counts])
def test_builds_and_takes_one_step(name):
    method, split = make(name)
    before = {key: weight.detach().clone() for key, weight in method.named_parameters()}
    train(method, split, epochs=1)
    assert all(torch.isfinite(weight).all() for weight in method.parameters())
    # A bias that a softmax cancels stays where it is; everything with more than one dimension moves.
    still = [key for key, w in method.named_parameters() if w.dim() > 1 and torch.equal(w, before[key])]
    assert not still, f"one step left {still} as they were"
