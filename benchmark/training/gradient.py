"""The gradient of a batch, accumulated over micro-batches if the whole batch does not fit into memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
    """Training cannot continue, because of a non-finite loss or a lack of memory."""


class Gradient:
    """Computes losses of batches and leaves their gradients in the method's parameters.

    When memory runs out, a batch is cut into twice as many micro-batches, whose gradients sum to the same.

    Args:
        method: on its device.
        split: the training tweets.
        precision: arithmetic.
        losses: loss terms of a batch; those of tagging by default.

    Attributes:
        parts: number of micro-batches per batch.
    """

    def __init__(
        self,
        method: NeuralMethod[Any],
        split: EncodedSplit,
        precision: Precision,
        losses: Callable[[Views], dict[str, Tensor]] | None = None,
    ) -> None:
        self.parts = 1
        self._losses = losses or method.losses
        self._method, self._split, self._precision = method, split, precision
        self._device = next(method.parameters()).device

    def make_batches(self, index: Sequence[int]) -> list[Views]:
        """The current number of micro-batches of a batch, in each training view, staged for the device."""
        views = self._method.config.training_views
        return [
            {view: self._split.batch(part, view).staged(self._device) for view in views}
            for part in cut(index, self.parts)
        ]

    def __call__(self, index: Sequence[int], microbatches: list[Views] | None = None) -> dict[str, Tensor]:
        """Compute the loss terms of a batch, detached; the gradient of their sum is left in the parameters.

        Args:
            index: the tweets.
            microbatches: prefetched from `make_batches`; ignored if batches have been cut smaller since.

        Raises:
            TrainingError: the loss is not finite, or a batch that cannot be cut does not fit into memory.
        """
        while True:
            if microbatches is not None and len(microbatches) != len(cut(index, self.parts)):
                microbatches = None
            try:
                return self._accumulate(microbatches or self.make_batches(index))
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._require_divisible(index)
            self.parts *= 2
            self._method.zero_grad(set_to_none=True)
            free_cached_memory()

    def _accumulate(self, microbatches: Sequence[Views]) -> dict[str, Tensor]:
        self._method.zero_grad(set_to_none=True)
        sums, primary = dict[str, Tensor](), self._method.config.primary_view
        weights = self._weights([microbatch[primary] for microbatch in microbatches])
        for microbatch, weight in zip(microbatches, weights, strict=True):
            views = {view: batch.to(self._device) for view, batch in microbatch.items()}
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision is Precision.BF16):
                losses = self._losses(views)
                loss = torch.stack(list(losses.values())).sum()
            if self._device.type == "cpu":  # on a GPU this would synchronise; there the epoch's sum is checked
                require_finite(loss.item())
            (weight * loss).backward()  # type: ignore[no-untyped-call]
            for name, term in losses.items():
                sums[name] = sums.get(name, torch.zeros((), device=self._device)) + weight * term.detach().float()
        return sums

    def _weights(self, batches: Sequence[Batch]) -> list[float]:
        """Weight of each micro-batch in the loss of its batch, since losses are means over tweets or over words."""
        if len(batches) == 1:
            return [1.0]
        denominators = [self._method.loss_denominator(batch) for batch in batches]
        return [denominator / sum(denominators) for denominator in denominators]

    def _require_divisible(self, index: Sequence[int]) -> None:
        reason = ""
        if self._method.config.couples_tweets:
            reason = "and this method's loss couples the tweets of a batch, so that the batch cannot be cut"
        elif self.parts >= len(index):
            reason = "even with one tweet at a time"
        if reason:
            raise TrainingError(
                f"out of memory with {len(index)} tweets per step, {reason}\n"
                "  -> a smaller training.batch_size, training.precision=bf16, or a device with more memory"
            )


def cut(index: Sequence[int], count: int) -> list[Sequence[int]]:
    """Cut a batch into at most `count` micro-batches of nearly equal size."""
    size = math.ceil(len(index) / count)
    return [index[start : start + size] for start in range(0, len(index), size)]


def require_finite(loss: float) -> None:
    """Check that a loss is finite.

    Raises:
        TrainingError: the loss is infinite or not a number.
    """
    if not math.isfinite(loss):
        raise TrainingError(f"the loss is {loss}\n  -> lower the learning rates, or use training.precision=fp32")
