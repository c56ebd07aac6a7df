"""The CRF's kernels against the plain recursions in float64: losses, posteriors, their gradients, and best paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from mnerbench.benchmark.perf.gpu.crf_answers import CRFBatch, answers, made_batch
from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, SkippedError, attempt, measure, reason_of, require
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.resources.device import set_determinism
from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf import scans
from mnerbench.methods.layers.crf.inputs import Weights
from mnerbench.methods.layers.crf.linear_chain import build_crf

# Words of each tweet, and labels: uneven, single and empty ones; on both sides of every size that kernels round up to.
SHAPES = (
    ((5, 0, 7, 1), 5),
    ((1,), 13),
    ((17, 16, 33), 17),
    ((20, 3), 13),
    ((3, 2), 64),
    ((4,), 1),
)
TRAINING = ((128,) * 16 + (37,) * 16, 13)  # of the project's bar
BEST = 1e-5  # relative error that is asked for
ANSWERS = ("loss", "posteriors")


def _relative(value: Tensor, true: Tensor) -> float:
    """Length of the difference over that of the truth."""
    length = torch.linalg.vector_norm(true.double())
    return float(torch.linalg.vector_norm(value.double() - true.double()) / (length + 0.1))


def compare(lengths: Sequence[int], labels: int, dtype: torch.dtype, device: str) -> float:
    """Kernels on a device against the plain recursions on the CPU in float64, over the same emissions.

    Returns:
        The largest relative error of what is computed in fp32.

    Raises:
        CheckError: an answer is further off than 1e-5, or than a bf16 can say where it is one; a path is another.
    """
    from mnerbench.methods.layers.crf import fused

    emissions, *others = made_batch(lengths, labels)
    batch: CRFBatch = (emissions.to(dtype).float(), *others)  # type: ignore[assignment]
    found, paths = answers(fused, batch, dtype, device, torch.float32)
    expected, best = answers(scans, batch, torch.float64)
    require(paths == best, "the best paths are others")
    largest, names = 0.0, ("", ", gradient of emissions", ", of start", ", of end", ", of transitions")
    for place, (value, true) in enumerate(zip(found, expected, strict=True)):
        own, error = value.dtype, _relative(value, true)
        allowed = BEST if own is torch.float32 else torch.finfo(own).eps
        name = ANSWERS[place // len(names)] + names[place % len(names)]
        require(error <= allowed, f"{name}: relative error {error:.1e}, at most {allowed:.0e} was to be")
        largest = max(largest, error if own is torch.float32 else 0.0)
    return largest


def extremes(spread: float, steps: float, device: str) -> None:
    """Answers stay finite and right for very large scores.

    Raises:
        CheckError: they do not.
    """
    from mnerbench.methods.layers.crf import fused

    batch = made_batch((9, 4, 0), 7, spread, steps)
    found, paths = answers(fused, batch, torch.float32, device)
    expected, best = answers(scans, batch, torch.float64)
    require(paths == best, "the best paths are others")
    for value, true in zip(found, expected, strict=True):
        require(value.isfinite().all(), "an answer is not finite")
        scale = max(spread, steps, 1.0)
        require(
            torch.allclose(value.double(), true, rtol=BEST, atol=1e-6 * scale), "an answer is further off than 1e-5"
        )


def same_as_on_cpu(backend: CRFBackend, device: str) -> None:
    """A CRF of any backend gives on a device, in float64 and with deterministic kernels only, what it gives on the CPU.

    Raises:
        CheckError: it does not.
    """
    torch.manual_seed(0)
    crf = build_crf(13, backend).double()
    emissions, gold, mask, _ = made_batch((60, 7, 1), 13)
    emissions = emissions.double().masked_fill(~mask.unsqueeze(-1), 0)
    before = torch.are_deterministic_algorithms_enabled()
    set_determinism(True)
    try:
        sides = []
        for where in ("cpu", device):
            crf.to(where).zero_grad()
            leaf, there = emissions.detach().to(where).requires_grad_(), mask.to(where)
            values = crf.nll(leaf, gold.to(where), there), crf.log_marginals(leaf, there)
            (values[0].sum() + values[1].sum()).backward()  # type: ignore[no-untyped-call]
            grads = [parameter.grad for parameter in (leaf, *crf.parameters()) if parameter.grad is not None]
            sides.append(([value.detach().cpu() for value in (*values, *grads)], crf.decode(leaf.detach(), there)))
    finally:
        set_determinism(before)
    require(sides[0][1] == sides[1][1], "the best paths are others")
    for here, there in zip(sides[0][0], sides[1][0], strict=True):
        require(torch.allclose(here, there, rtol=1e-9, atol=1e-9), "an answer is another")


def kernels(setting: Setting, emit: Emit) -> None:
    """Every shape in fp32 and bf16, extremes, and every backend."""
    _require_kernels(setting)
    # Triton's interpreter takes a second for some words.
    small = (((3, 0, 1), 5),)
    _shapes(small if setting.tiny else (*SHAPES, TRAINING), torch.float32, "fp32", setting.device, emit)
    # Only how emissions are read differs: one shape for each size that kernels are compiled for will do.
    _shapes(small if setting.tiny else (*SHAPES[::2], TRAINING), torch.bfloat16, "bf16", setting.device, emit)
    for spread, steps in ((30.0, 200.0),) if setting.tiny else ((1e4, 1.0), (1.0, 1e4), (30.0, 200.0)):
        what = f"scores of {spread:,.0f}, transitions of {steps:,.0f}"
        attempt(what, partial(extremes, spread, steps, setting.device), emit)
    for backend in CRFBackend:
        attempt(f"{backend.value}, deterministic", partial(same_as_on_cpu, backend, setting.device), emit)


def _shapes(
    shapes: Sequence[tuple[Sequence[int], int]], dtype: torch.dtype, name: str, device: str, emit: Emit
) -> None:
    errors: list[float] = []

    def look(lengths: Sequence[int], labels: int) -> None:
        errors.append(compare(lengths, labels, dtype, device))

    for lengths, labels in shapes:
        what = f"{name}, {len(lengths)} tweets of up to {max(lengths)} words, {labels} labels"
        attempt(what, partial(look, lengths, labels), emit)
    if errors:
        note = f"against float64, over {len(errors)} shapes; at most {BEST:.0e}"
        emit(Figure(f"CRF, relative error, {name}", measure(errors, ""), note))


def _require_kernels(setting: Setting) -> None:
    """See that kernels run at all: without them methods fall back to plain torch, and nothing would be checked."""
    try:
        from mnerbench.methods.layers.crf import fused
    except ImportError as error:
        raise SkippedError(f"Triton is not installed ({error}): the CRF runs in plain torch") from error
    word = torch.zeros(1, 2, 2, device=setting.device)
    try:
        fused.best_paths(word, word[..., 0] == 0, Weights(word[0, 0], word[0, 0], word[0]))
    except Exception as error:
        if setting.on_gpu:
            raise
        # Its releases do not go with every release of numpy.
        raise SkippedError(f"Triton's interpreter does not run here: {reason_of(error)}") from error
