"""The CRF's kernels against the plain recursions in float64, on a GPU or in Triton's interpreter."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("triton", reason="Triton comes with torch on Linux")

from mnerbench.benchmark.perf.gpu.crf_outputs import outputs, random_batch
from mnerbench.benchmark.perf.gpu.kernels import SHAPES
from mnerbench.methods.base.choices import CRFBackend
from mnerbench.methods.layers.crf import fused, linear_chain, scans
from mnerbench.methods.layers.crf.inputs import Weights
from mnerbench.methods.layers.crf.linear_chain import build_crf

pytestmark = pytest.mark.slow

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.mark.parametrize(("lengths", "labels"), SHAPES)
def test_kernels_agree_with_the_plain_recursions(lengths, labels):
    batch = random_batch(lengths, labels)
    values, path = outputs(fused, batch, torch.float32, DEVICE)
    expected, best = outputs(scans, batch, torch.float64)
    for value, true in zip(values, expected, strict=True):
        assert torch.linalg.vector_norm(value - true) <= 1e-5 * torch.linalg.vector_norm(true) + 1e-6
    assert path == best


@pytest.mark.parametrize(("spread", "steps"), [(1e4, 1.0), (1.0, 1e4), (0.0, 0.0), (30.0, 200.0)])
def test_extreme_scores_are_finite_and_correct(spread, steps):
    batch = random_batch((9, 4, 0), 7, spread, steps)
    values, path = outputs(fused, batch, torch.float32, DEVICE)
    expected, best = outputs(scans, batch, torch.float64)
    for value, true in zip(values, expected, strict=True):
        assert value.isfinite().all()
        torch.testing.assert_close(value.double(), true, rtol=1e-5, atol=1e-6 * max(spread, steps, 1.0))
    if spread or steps:  # else all paths are equally good
        assert path == best


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_emissions_are_computed_with_in_full(dtype):
    emissions, gold, mask, weights = random_batch((12, 5), 9)
    half = emissions.to(dtype)
    values, slopes = {}, {}
    for name, value in (("half", half), ("full", half.float())):
        leaf = value.to(DEVICE).requires_grad_()
        device_weights = Weights(*(weight.to(DEVICE) for weight in weights))
        values[name] = fused.nll(leaf, gold.to(DEVICE), mask.to(DEVICE), device_weights)
        (slopes[name],) = torch.autograd.grad(values[name].sum(), leaf)
    assert torch.equal(values["half"], values["full"])
    assert slopes["half"].dtype == dtype
    # The interpreter truncates where a GPU rounds.
    torch.testing.assert_close(slopes["half"].float(), slopes["full"], rtol=2 * torch.finfo(dtype).eps, atol=1e-6)


def test_emissions_in_any_layout_are_read_right():
    emissions, gold, mask, weights = (random_batch((6, 4), 5)[index] for index in range(4))
    strided = emissions.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    for first, second in zip(
        outputs(fused, (strided, gold, mask, weights), torch.float32, DEVICE)[0],
        outputs(fused, (emissions, gold, mask, weights), torch.float32, DEVICE)[0],
        strict=True,
    ):
        assert torch.equal(first, second)


def test_kernels_run_where_they_can():
    gpu, cpu = SimpleNamespace(is_cuda=True, dtype=torch.bfloat16, device=torch.device(DEVICE)), torch.zeros(1)
    assert build_crf(64)._on(gpu) is fused
    for crf, emissions in [
        (build_crf(64), cpu),
        (build_crf(65), gpu),
        (build_crf(64, CRFBackend.TORCH), gpu),
        (build_crf(64), SimpleNamespace(is_cuda=True, dtype=torch.float64)),
    ]:
        assert crf._on(emissions) is scans


def test_without_working_kernels_there_is_plain_torch(monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(fused, "best_paths", broken)
    linear_chain._kernels.cache_clear()
    gpu = SimpleNamespace(is_cuda=True, dtype=torch.float32, device=torch.device(DEVICE))
    assert build_crf(4)._on(gpu) is scans
    assert "Failed to find C compiler" in caplog.text
    linear_chain._kernels.cache_clear()


def test_kernels_that_found_no_memory_are_tried_again(monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    linear_chain._kernels.cache_clear()
    gpu = SimpleNamespace(is_cuda=True, dtype=torch.float32, device=torch.device(DEVICE))
    with monkeypatch.context() as now:
        now.setattr(fused, "best_paths", full)
        with pytest.raises(torch.OutOfMemoryError):
            build_crf(4)._on(gpu)
    assert build_crf(4)._on(gpu) is fused


def test_a_forbidden_label_is_no_not_a_number():
    emissions, gold, mask, weights = random_batch((5, 3), 5)
    emissions[0, 2, 3] = emissions[1, 0, 0] = -torch.inf
    gold[0, 2], gold[1, 0] = 1, 2
    batch = emissions, gold, mask, weights
    values, paths = outputs(fused, batch, torch.float32, DEVICE)
    expected, best = outputs(scans, batch, torch.float64)
    assert paths == best
    assert (paths[0][2], paths[1][0]) != (3, 0)
    for index in (0, 1, 2, 3, 4):  # losses and their gradients
        assert expected[index].isfinite().all()
        torch.testing.assert_close(values[index].double(), expected[index], rtol=1e-5, atol=1e-5)


COMPILE = """
import sys
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile
from mnerbench.methods.layers.crf import kernels
from mnerbench.methods.layers.crf.fused import compiled_for

TYPES = {"emissions": "*bf16", "to_emissions": "*bf16", "gold": "*i64", "path": "*i64", "mask": "*i1",
         "pointers": "*i8", "batch": "i32", "words": "i32", "labels": "i32"}
for name in ("walk", "likelihood_gradient", "posterior_gradient", "viterbi"):
    kernel = getattr(kernels, name)
    options = compiled_for(128, int(sys.argv[1]))
    constants = {"LOSS": True, "STRETCH": 16} | options
    constants = {(place,): constants[name] for place, name in enumerate(kernel.arg_names) if name in constants}
    signature = {name: "constexpr" if name in ("WORDS", "LABELS", "LOSS", "STRETCH") else TYPES.get(name, "*fp32")
                 for name in kernel.arg_names}
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
    options = {name: value for name, value in options.items() if name.islower()}
    made = compile(source, target=GPUTarget("cuda", 90, 32), options=options)
    assert made.asm["cubin"] and ".local" not in made.asm["ptx"], name
"""


@pytest.mark.parametrize("labels", [13, 64])
def test_kernels_compile_for_a_gpu_that_is_not_here(labels):
    """Kernels compile to machine code for an H100 or H200, without register spilling."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    subprocess.run([sys.executable, "-c", COMPILE, str(labels)], env=environment, check=True)
