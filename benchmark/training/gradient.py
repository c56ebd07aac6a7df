"""The gradient of a batch, in parts where memory is too small for the whole of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.training.memory import free_cached_memory, is_out_of_memory
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.inputs import View
from mnerbench.methods.batch import Batch, EncodedSplit
from mnerbench.methods.tagger import NeuralMethod

Views = Mapping[View, Batch]


class TrainingError(MnerbenchError):
    """Training cannot go on, for a reason in the numbers or in the machine."""


class Gradient:
    """Computes losses of batches and leaves their gradients in the method's parameters.

    When memory runs out, a batch is cut into twice as many parts, whose gradients add up to the same.

    Args:
        method: on its device.
        split: the training tweets.
        precision: arithmetic.

    Attributes:
        parts: into how many pieces batches are cut.
    """

    def __init__(self, method: NeuralMethod[Any], split: EncodedSplit, precision: Precision) -> None:
        self.parts = 1
        self._method, self._split, self._precision = method, split, precision
        self._device = next(method.parameters()).device

    def lay_out(self, index: Sequence[int]) -> list[Views]:
        """A batch in each training view, in as many parts as it is cut into now; ready to be moved to the device."""
        views = self._method.config.training_views
        return [
            {view: self._split.batch(part, view).staged(self._device) for view in views}
            for part in cut(index, self.parts)
        ]

    def __call__(self, index: Sequence[int], pieces: list[Views] | None = None) -> dict[str, Tensor]:
        """Loss terms of a batch, without gradient; that of their sum is in the parameters.

        Args:
            index: the tweets.
            pieces: from `lay_out`, where somebody did that before; not used when batches are cut smaller by now.

        Raises:
            TrainingError: the loss is not finite, or there is no memory for what cannot be cut.
        """
        while True:
            if pieces is not None and len(pieces) != len(cut(index, self.parts)):
                pieces = None
            try:
                return self._summed(pieces or self.lay_out(index))
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._require_divisible(index)
            self.parts *= 2
            self._method.zero_grad(set_to_none=True)
            free_cached_memory()

    def _summed(self, pieces: Sequence[Views]) -> dict[str, Tensor]:
        self._method.zero_grad(set_to_none=True)
        sums, primary = dict[str, Tensor](), self._method.config.primary_view
        for piece, share in zip(pieces, self._shares([piece[primary] for piece in pieces]), strict=True):
            views = {view: batch.to(self._device) for view, batch in piece.items()}
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision is Precision.BF16):
                losses = self._method.losses(views)
                loss = torch.stack(list(losses.values())).sum()
            if self._device.type == "cpu":  # elsewhere asking would stall the device; the epoch's sum tells
                require_finite(loss.item())
            (share * loss).backward()  # type: ignore[no-untyped-call]
            for name, term in losses.items():
                sums[name] = sums.get(name, torch.zeros((), device=self._device)) + share * term.detach().float()
        return sums

    def _shares(self, batches: Sequence[Batch]) -> list[float]:
        """What part of a batch's loss each of its pieces bears: losses are means over tweets, or over words."""
        if len(batches) == 1:
            return [1.0]
        weights = [self._method.loss_denominator(batch) for batch in batches]
        return [weight / sum(weights) for weight in weights]

    def _require_divisible(self, index: Sequence[int]) -> None:
        why = ""
        if self._method.config.couples_tweets:
            why = "and this method's loss couples the tweets of a batch, so that it cannot be computed in parts"
        elif self.parts >= len(index):
            why = "even with one tweet at a time"
        if why:
            raise TrainingError(
                f"out of memory with {len(index)} tweets per step, {why}\n"
                "  -> a smaller training.batch_size, training.precision=bf16, or a device with more memory"
            )


def cut(index: Sequence[int], count: int) -> list[Sequence[int]]:
    """A batch in at most `count` pieces of nearly equal size."""
    size = math.ceil(len(index) / count)
    return [index[start : start + size] for start in range(0, len(index), size)]


def require_finite(loss: float) -> None:
    """See that a loss is a number.

    Raises:
        TrainingError: it is not.
    """
    if not math.isfinite(loss):
        raise TrainingError(f"the loss is {loss}\n  -> lower the learning rates, or use training.precision=fp32")
