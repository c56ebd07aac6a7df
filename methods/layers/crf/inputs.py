"""What a CRF has and is given; the latter is checked before anything is computed."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

LEAST = -1e30  # a score below counts as this: as forbidden as -inf, and a difference of two is a number
STEEPEST = 300.0  # steps up to this size can be computed with as factors: exp(2 * 300) is far from the end of float64


class Weights(NamedTuple):
    """Scores of the first label and of the last, [labels], and of steps between labels, [from, to]."""

    start: Tensor
    end: Tensor
    transitions: Tensor


class Recursions(Protocol):
    """What can be computed of a batch, in plain torch or by kernels, from emissions [batch, words, labels] and mask."""

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor, weights: Weights) -> Tensor:
        """-log p(labels), [batch]."""

    def log_marginals(self, emissions: Tensor, mask: Tensor, weights: Weights) -> Tensor:
        """Log p(label at word), [batch, words, labels]."""

    def best_paths(self, emissions: Tensor, mask: Tensor, weights: Weights) -> list[list[int]]:
        """The best labelling of each row, as long as its mask."""


def check(emissions: Tensor, mask: Tensor, size: int, labels: Tensor | None = None) -> torch.dtype:
    """Return the type of the answer: float32, or that of emissions where it is wider.

    Raises:
        ValueError: a shape or a type is wrong; on the CPU also a mask with a gap or a label out of range.
    """
    if emissions.dim() != 3 or emissions.shape[-1] != size or not emissions.is_floating_point():
        found = f"{emissions.dtype} {list(emissions.shape)}"
        raise ValueError(f"emissions must be float [batch, words, {size} labels], got {found}")
    for name, value, dtype in (("mask", mask, torch.bool), ("labels", labels, torch.long)):
        if value is not None and (value.dtype != dtype or value.shape != emissions.shape[:2]):
            found = f"{value.dtype} {list(value.shape)}"
            raise ValueError(f"{name} must be {dtype} {list(emissions.shape[:2])} like emissions, got {found}")
    if mask.device.type == "cpu" and (mask[:, 1:] & ~mask[:, :-1]).any():
        raise ValueError("mask must be True first and then False in each row: here a word follows padding")
    if mask.device.type == "cpu" and labels is not None and (mask & ((labels < 0) | (labels >= size))).any():
        raise ValueError(f"labels of words must be 0 to {size - 1}, got {sorted(set(labels[mask].tolist()))}")
    return torch.promote_types(emissions.dtype, torch.float32)


def are_factors(transitions: Tensor) -> bool:
    """Whether exp of all steps is a factor that neither vanishes nor overflows; False on other devices than the CPU.

    Asking those would make a training step wait for its device.
    """
    return transitions.device.type == "cpu" and bool((transitions.detach().abs() <= STEEPEST).all())
