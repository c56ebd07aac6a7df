"""All that a CRF answers, over made-up batches: what kernels and plain recursions are compared by."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import torch
from torch import Tensor

from mnerbench.methods.layers.crf.inputs import Weights

CRFBatch = tuple[Tensor, Tensor, Tensor, list[Tensor]]


def made_batch(lengths: Sequence[int], labels: int, spread: float = 2.0, steps: float = 1.0, seed: int = 0) -> CRFBatch:
    """Emissions that are NaN at padding, gold labels that are -100 there, the mask, and weights.

    Args:
        lengths: words of each tweet.
        labels: how many.
        spread: deviation of emissions.
        steps: deviation of transitions.
        seed: of torch's generator.
    """
    torch.manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    emissions = (spread * torch.randn(*mask.shape, labels)).masked_fill(~mask.unsqueeze(-1), torch.nan)
    gold = torch.randint(labels, mask.shape).masked_fill(~mask, -100)
    weights = [torch.randn(labels), torch.randn(labels), steps * torch.randn(labels, labels)]
    return emissions, gold, mask, weights


def answers(
    room: ModuleType, batch: CRFBatch, dtype: torch.dtype, device: str = "cpu", weights_dtype: torch.dtype | None = None
) -> tuple[list[Tensor], list[list[int]]]:
    """Losses, posteriors and the gradients of a weighted sum of each, on the CPU; and the best paths.

    Args:
        room: `fused` or `scans`.
        batch: from `made_batch`.
        dtype: of emissions.
        device: where it is computed.
        weights_dtype: of the weights; that of emissions where it is left out.
    """
    emissions, gold, mask, weights = batch
    of_weights = weights_dtype or dtype
    leaves = [emissions.to(device, dtype).requires_grad_()]
    leaves += [weight.to(device, of_weights).requires_grad_() for weight in weights]
    gold, mask = gold.to(device), mask.to(device)
    found: list[Tensor] = []
    for value in (
        room.nll(leaves[0], gold, mask, Weights(*leaves[1:])),
        room.log_marginals(leaves[0], mask, Weights(*leaves[1:])),
    ):
        slope = torch.randn(value.shape, generator=torch.Generator().manual_seed(3)).to(value)
        found += [value, *torch.autograd.grad((value * slope).sum(), leaves)]
    paths = room.best_paths(leaves[0].detach(), mask, Weights(*(leaf.detach() for leaf in leaves[1:])))
    return [value.detach().cpu() for value in found], paths
