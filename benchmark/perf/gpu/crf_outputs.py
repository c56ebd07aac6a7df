"""All outputs of a CRF over random batches, to compare kernels with plain recursions."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import torch
from torch import Tensor

from mnerbench.methods.layers.crf.inputs import Weights

CRFBatch = tuple[Tensor, Tensor, Tensor, list[Tensor]]


def random_batch(
    lengths: Sequence[int], labels: int, spread: float = 2.0, steps: float = 1.0, seed: int = 0
) -> CRFBatch:
    """Random emissions (NaN at padding), gold labels (-100 at padding), the mask, and weights.

    Args:
        lengths: words of each tweet.
        labels: number of labels.
        spread: standard deviation of emissions.
        steps: standard deviation of transitions.
        seed: seed of torch's generator.
    """
    torch.manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    emissions = (spread * torch.randn(*mask.shape, labels)).masked_fill(~mask.unsqueeze(-1), torch.nan)
    gold = torch.randint(labels, mask.shape).masked_fill(~mask, -100)
    weights = [torch.randn(labels), torch.randn(labels), steps * torch.randn(labels, labels)]
    return emissions, gold, mask, weights


def outputs(
    implementation: ModuleType,
    batch: CRFBatch,
    dtype: torch.dtype,
    device: str = "cpu",
    weights_dtype: torch.dtype | None = None,
) -> tuple[list[Tensor], list[list[int]]]:
    """Losses, posteriors and the gradients of a weighted sum of each, moved to the CPU; and the best paths.

    Args:
        implementation: `fused` or `scans`.
        batch: the result of `random_batch`.
        dtype: dtype of emissions.
        device: device of the computation.
        weights_dtype: dtype of the weights; by default that of emissions.
    """
    emissions, gold, mask, weights = batch
    leaves = [emissions.to(device, dtype).requires_grad_()]
    leaves += [weight.to(device, weights_dtype or dtype).requires_grad_() for weight in weights]
    gold, mask = gold.to(device), mask.to(device)
    values: list[Tensor] = []
    for value in (
        implementation.nll(leaves[0], gold, mask, Weights(*leaves[1:])),
        implementation.log_marginals(leaves[0], mask, Weights(*leaves[1:])),
    ):
        coefficients = torch.randn(value.shape, generator=torch.Generator().manual_seed(3)).to(value)
        values += [value, *torch.autograd.grad((value * coefficients).sum(), leaves)]
    paths = implementation.best_paths(leaves[0].detach(), mask, Weights(*(leaf.detach() for leaf in leaves[1:])))
    return [value.detach().cpu() for value in values], paths
