"""Cases on padding and masks."""

from __future__ import annotations

from dataclasses import replace

import torch

from mnerbench.datasets.inputs import View
from mnerbench.methods.conformance.case import Case


def check_padding(case: Case) -> None:
    """A tweet's emissions depend neither on longer tweets in the batch nor on its position in it."""
    method = case.build().eval()
    for view in case.config.evaluation_views:
        split = case.split(method)
        together, index = split.batch(range(8), view), [5, 1, 7]
        apart = split.batch(index, view)
        with torch.no_grad():
            whole, part = method(together), method(apart)
        units = method.targets(apart)[1].sum(1).tolist()
        for row, number in enumerate(index):
            torch.testing.assert_close(part[row, : units[row]], whole[number, : units[row]], rtol=1e-4, atol=1e-5)


def check_masked(case: Case) -> None:
    """Picture vectors at masked positions have no effect."""
    method = case.build().eval()
    batch = case.batch(method, range(8), View.IT if View.IT in case.config.evaluation_views else View.T)
    visual = batch.visual
    noise = {
        kind: torch.where(visual.masks[kind][..., None], vectors, torch.full_like(vectors, 9.0))
        for kind, vectors in visual.vectors.items()
    }
    with torch.no_grad():
        plain, noisy = method(batch), method(replace(batch, visual=replace(visual, vectors=noise)))
    mask = method.targets(batch)[1]
    torch.testing.assert_close(noisy[mask], plain[mask], rtol=1e-5, atol=1e-6)
