"""Checks the CRF's kernels against plain recursions in float64: losses, posteriors, gradients, best paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from mnerbench.benchmark.perf.gpu.crf_outputs import CRFBatch, outputs, random_batch
from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, SkippedError, attempt, measure, reason_of, require
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.resources.device import set_determinism
from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf import scans
from mnerbench.methods.layers.crf.inputs import Weights
from mnerbench.methods.layers.crf.linear_chain import build_crf

# Words of each tweet, and labels: uneven, single and empty tweets; just below and above the kernels' block sizes.
SHAPES = (
    ((5, 0, 7, 1), 5),
    ((1,), 13),
    ((17, 16, 33), 17),
    ((20, 3), 13),
    ((3, 2), 64),
    ((4,), 1),
)
TRAINING = ((128,) * 16 + (37,) * 16, 13)  # setting of the project's target ratio
TOLERANCE = 1e-5  # relative error
OUTPUTS = ("loss", "posteriors")


def _relative(value: Tensor, true: Tensor) -> float:
    """Norm of the difference over the norm of the true value (plus 0.1)."""
    norm = torch.linalg.vector_norm(true.double())
    return float(torch.linalg.vector_norm(value.double() - true.double()) / (norm + 0.1))


def compare(lengths: Sequence[int], labels: int, dtype: torch.dtype, device: str) -> float:
    """Compare kernels on a device with plain recursions on the CPU in float64, over the same emissions.

    Returns:
        The largest relative error of fp32 outputs.

    Raises:
        CheckError: an fp32 output exceeds a relative error of 1e-5, or another one the epsilon of its type; or best
            paths differ.
    """
    from mnerbench.methods.layers.crf import fused

    emissions, *others = random_batch(lengths, labels)
    batch: CRFBatch = (emissions.to(dtype).float(), *others)  # type: ignore[assignment]
    values, paths = outputs(fused, batch, dtype, device, torch.float32)
    expected, best = outputs(scans, batch, torch.float64)
    require(paths == best, "the best paths differ")
    largest, names = 0.0, ("", ", gradient of emissions", ", of start", ", of end", ", of transitions")
    for index, (value, true) in enumerate(zip(values, expected, strict=True)):
        fp32, error = value.dtype is torch.float32, _relative(value, true)
        tolerance = TOLERANCE if fp32 else torch.finfo(value.dtype).eps
        name = OUTPUTS[index // len(names)] + names[index % len(names)]
        require(error <= tolerance, f"{name}: relative error {error:.1e}, tolerance {tolerance:.0e}")
        largest = max(largest, error if fp32 else 0.0)
    return largest


def extremes(spread: float, steps: float, device: str) -> None:
    """Check that outputs are finite and correct for very large scores.

    Raises:
        CheckError: they are not.
    """
    from mnerbench.methods.layers.crf import fused

    batch = random_batch((9, 4, 0), 7, spread, steps)
    values, paths = outputs(fused, batch, torch.float32, device)
    expected, best = outputs(scans, batch, torch.float64)
    require(paths == best, "the best paths differ")
    for value, true in zip(values, expected, strict=True):
        require(value.isfinite().all(), "an output is not finite")
        scale = max(spread, steps, 1.0)
        near = torch.allclose(value.double(), true, rtol=TOLERANCE, atol=1e-6 * scale)
        require(near, f"an output is off by more than {TOLERANCE:.0e}")


def same_as_on_cpu(backend: CRFBackend, device: str) -> None:
    """Check that a CRF backend gives the same results on a device as on the CPU, in float64 and deterministic mode.

    Raises:
        CheckError: it does not.
    """
    torch.manual_seed(0)
    crf = build_crf(13, backend).double()
    emissions, gold, mask, _ = random_batch((60, 7, 1), 13)
    emissions = emissions.double().masked_fill(~mask.unsqueeze(-1), 0)
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    set_determinism(True)
    try:
        results = []
        for side in ("cpu", device):
            crf.to(side).zero_grad()
            leaf, side_mask = emissions.detach().to(side).requires_grad_(), mask.to(side)
            values = crf.nll(leaf, gold.to(side), side_mask), crf.log_marginals(leaf, side_mask)
            (values[0].sum() + values[1].sum()).backward()  # type: ignore[no-untyped-call]
            grads = [parameter.grad for parameter in (leaf, *crf.parameters()) if parameter.grad is not None]
            paths = crf.decode(leaf.detach(), side_mask)
            results.append(([value.detach().cpu() for value in (*values, *grads)], paths))
    finally:
        set_determinism(was_deterministic)
    (cpu_values, cpu_paths), (device_values, device_paths) = results
    require(cpu_paths == device_paths, "the best paths differ")
    for cpu_value, device_value in zip(cpu_values, device_values, strict=True):
        require(torch.allclose(cpu_value, device_value, rtol=1e-9, atol=1e-9), "outputs differ")


def kernels(setting: Setting, emit: Emit) -> None:
    """Check every shape in fp32 and bf16, extreme scores, and every backend."""
    _require_kernels(setting)
    # Triton's interpreter takes a second for a few words.
    small = (((3, 0, 1), 5),)
    _shapes(small if setting.tiny else (*SHAPES, TRAINING), torch.float32, "fp32", setting.device, emit)
    # Only the reading of emissions differs, so one shape per compiled size suffices.
    _shapes(small if setting.tiny else (*SHAPES[::2], TRAINING), torch.bfloat16, "bf16", setting.device, emit)
    for spread, steps in ((30.0, 200.0),) if setting.tiny else ((1e4, 1.0), (1.0, 1e4), (30.0, 200.0)):
        name = f"scores of {spread:,.0f}, transitions of {steps:,.0f}"
        attempt(name, partial(extremes, spread, steps, setting.device), emit)
    for backend in CRFBackend:
        attempt(f"{backend.value}, deterministic", partial(same_as_on_cpu, backend, setting.device), emit)


def _shapes(
    shapes: Sequence[tuple[Sequence[int], int]], dtype: torch.dtype, name: str, device: str, emit: Emit
) -> None:
    errors: list[float] = []

    def check(lengths: Sequence[int], labels: int) -> None:
        errors.append(compare(lengths, labels, dtype, device))

    for lengths, labels in shapes:
        title = f"{name}, {len(lengths)} tweets of up to {max(lengths)} words, {labels} labels"
        attempt(title, partial(check, lengths, labels), emit)
    if errors:
        note = f"against float64, over {len(errors)} shapes; at most {TOLERANCE:.0e}"
        emit(Figure(f"CRF, relative error, {name}", measure(errors, ""), note))


def _require_kernels(setting: Setting) -> None:
    """Require that kernels run: otherwise methods fall back to plain torch, and nothing would be checked."""
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
        # Its releases are incompatible with some releases of numpy.
        raise SkippedError(f"Triton's interpreter does not run here: {reason_of(error)}") from error
