"""The CRF with GPU kernels; same functions as in `scans`, one launch per direction of time."""

from __future__ import annotations

from typing import Any

import torch
import triton
from torch import Tensor
from torch.autograd.function import once_differentiable

from mnerbench.methods.layers.crf import kernels
from mnerbench.methods.layers.crf.inputs import LEAST, Weights

STRETCH = 16  # words per program in the gradient kernel


def nll(emissions: Tensor, labels: Tensor, mask: Tensor, weights: Weights) -> Tensor:
    """Return -log p(labels), fp32 [batch]."""
    loss: Tensor = _Likelihood.apply(emissions.contiguous(), labels.contiguous(), mask.contiguous(), *_plain(weights))
    return loss


def log_marginals(emissions: Tensor, mask: Tensor, weights: Weights) -> Tensor:
    """Return log p(label at word), fp32 [batch, words, labels], 0 at padding."""
    log_p: Tensor = _Posteriors.apply(emissions.contiguous(), mask.contiguous(), *_plain(weights))
    return log_p


@torch.no_grad()
def best_paths(emissions: Tensor, mask: Tensor, weights: Weights) -> list[list[int]]:
    """Return the best labelling of each row (Viterbi), as long as its mask."""
    emissions, mask = emissions.contiguous(), mask.contiguous()
    pointers = torch.empty_like(emissions, dtype=torch.int8)
    path = torch.empty_like(mask, dtype=torch.long)
    with torch.cuda.device_of(emissions):  # type: ignore[no-untyped-call]
        kernels.viterbi[len(mask),](
            emissions,
            mask,
            *_plain(weights),
            pointers,
            path,
            *emissions.shape[1:],
            **compiled_for(*emissions.shape[1:]),
        )
    host = torch.cat([mask.sum(1, keepdim=True), path], 1).tolist()  # a single transfer
    return [labels[:length] for length, *labels in host]


def _plain(weights: Weights) -> Weights:
    """Contiguous weights, as the kernels ignore strides."""
    return Weights(*(weight.contiguous() for weight in weights))


def compiled_for(words: int, labels: int) -> dict[str, Any]:
    """Compile-time constants for a size, rounded up to powers of two to keep the number of compilations small."""
    block = max(16, triton.next_power_of_2(labels))
    return {
        "WORDS": max(64, triton.next_power_of_2(words)),
        "LABELS": block,
        "num_warps": max(1, block * block // 1024),
        "enable_fp_fusion": True,
    }


def _walked(
    emissions: Tensor, labels: Tensor | None, mask: Tensor, weights: Weights, ways: int
) -> tuple[Tensor, Tensor]:
    """Messages [2, batch, words, labels] and losses [batch]; backward messages only if `ways` is 2."""
    messages = emissions.new_empty(2, *emissions.shape, dtype=torch.float32)
    losses = emissions.new_empty(len(mask), dtype=torch.float32)
    gold = mask if labels is None else labels  # a placeholder: not read without a loss
    with torch.cuda.device_of(emissions):  # type: ignore[no-untyped-call]
        kernels.walk[len(mask), ways](
            emissions, gold, mask, *weights, messages, losses, *emissions.shape,
            LOSS=labels is not None, **compiled_for(*emissions.shape[1:]),
        )  # fmt: skip
    return messages, losses


class _Likelihood(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, emissions: Tensor, labels: Tensor, mask: Tensor, *weights: Tensor) -> Tensor:
        learns = any(ctx.needs_input_grad)
        messages, losses = _walked(emissions, labels, mask, Weights(*weights), 2 if learns else 1)
        ctx.save_for_backward(emissions, labels, mask, weights[2], messages)
        return losses

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        emissions, labels, mask, transitions, messages = ctx.saved_tensors
        batch, words, size = emissions.shape
        stretches = triton.cdiv(words, STRETCH)
        to_emissions = torch.empty_like(emissions)
        parts = messages.new_empty(batch * stretches, size + 2, size)
        kernels.likelihood_gradient[batch, stretches](
            emissions, labels, mask, transitions, messages, grad.contiguous(), to_emissions, parts, batch, words, size,
            STRETCH=STRETCH, **compiled_for(*emissions.shape[1:]),
        )  # fmt: skip
        total = parts.sum(0)
        return to_emissions, None, None, total[size], total[size + 1], total[:size]


class _Posteriors(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, emissions: Tensor, mask: Tensor, *weights: Tensor) -> Tensor:
        messages, _ = _walked(emissions, None, mask, Weights(*weights), 2)
        ctx.save_for_backward(emissions, mask, weights[2], messages)
        # Messages at padding are uninitialised; they are masked below.
        both = messages[0] + messages[1] - emissions.float().clamp_min(LEAST)
        return both.log_softmax(-1).masked_fill(~mask.unsqueeze(-1), 0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        emissions, mask, transitions, messages = ctx.saved_tensors
        batch, words, size = emissions.shape
        flows = torch.zeros_like(messages)
        parts = messages.new_empty(2, batch, size + 1, size)
        kernels.posterior_gradient[batch, 2](
            emissions, mask, transitions, messages, grad.contiguous(), flows, parts, batch, words, size,
            **compiled_for(*emissions.shape[1:]),
        )  # fmt: skip
        total = parts.sum(1)
        return flows.sum(0).to(emissions.dtype), None, total[0, size], total[1, size], total[:, :size].sum(0)
