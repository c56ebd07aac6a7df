"""Parameters and inputs of a CRF, and the validation of inputs."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

LEAST = -1e30  # lower scores are clamped to this: it forbids like -inf, but differences stay finite
STEEPEST = 300.0  # transitions up to this size can be exponentiated: exp(2 * 300) is well within float64


class Weights(NamedTuple):
    """Scores of the first and of the last label, [labels], and of transitions, [from, to]."""

    start: Tensor
    end: Tensor
    transitions: Tensor


class Recursions(Protocol):
    """Computations on a batch, in plain torch or with kernels; emissions are [batch, words, labels]."""

    def nll(self, emissions: Tensor, labels: Tensor, mask: Tensor, weights: Weights) -> Tensor:
        """-log p(labels), [batch]."""

    def log_marginals(self, emissions: Tensor, mask: Tensor, weights: Weights) -> Tensor:
        """Log p(label at word), [batch, words, labels]."""

    def best_paths(self, emissions: Tensor, mask: Tensor, weights: Weights) -> list[list[int]]:
        """The best labelling of each row, as long as its mask."""


def check(emissions: Tensor, mask: Tensor, size: int, labels: Tensor | None = None) -> torch.dtype:
    """Validate the inputs and return the dtype of results: float32, or the dtype of emissions if wider.

    Raises:
        ValueError: a shape or dtype is wrong; on the CPU also if the mask has a gap or a label is out of range.
    """
    if emissions.dim() != 3 or emissions.shape[-1] != size or not emissions.is_floating_point():
        actual = f"{emissions.dtype} {list(emissions.shape)}"
        raise ValueError(f"emissions must be float [batch, words, {size} labels], got {actual}")
    for name, value, dtype in (("mask", mask, torch.bool), ("labels", labels, torch.long)):
        if value is not None and (value.dtype != dtype or value.shape != emissions.shape[:2]):
            actual = f"{value.dtype} {list(value.shape)}"
            raise ValueError(f"{name} must be {dtype} {list(emissions.shape[:2])} like emissions, got {actual}")
    if mask.device.type == "cpu" and (mask[:, 1:] & ~mask[:, :-1]).any():
        raise ValueError("mask must be True first and then False in each row; in this one a word follows padding")
    if mask.device.type == "cpu" and labels is not None and (mask & ((labels < 0) | (labels >= size))).any():
        raise ValueError(f"labels of words must be 0 to {size - 1}, got {sorted(set(labels[mask].tolist()))}")
    return torch.promote_types(emissions.dtype, torch.float32)


def are_factors(transitions: Tensor) -> bool:
    """Whether exp of all transitions neither vanishes nor overflows; False on devices other than the CPU.

    Reading values from other devices would synchronise with them.
    """
    return transitions.device.type == "cpu" and bool((transitions.detach().abs() <= STEEPEST).all())
