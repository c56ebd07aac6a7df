"""Every trained method passes every conformance case; counting methods fit and tag."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_methods import train

from mnerbench.benchmark.perf.gpu.methods import same_emissions
from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import (
    CHECKS,
    LABELS,
    Case,
    check_learns,
    check_prompted,
    one_per_code_path,
    sentences,
)
from mnerbench.methods.conformance.checks import check_losses, check_shapes
from mnerbench.methods.conformance.determinism import NondeterministicOperators
from mnerbench.methods.conformance.sync_guard import SynchronizingOperators
from mnerbench.methods.registry import method_class, methods

pytestmark = pytest.mark.slow

TRAINED = [entry for entry in methods() if entry.family.is_trained]
LEARNING = one_per_code_path(TRAINED)
PROMPTED = [entry for entry in methods() if entry.family.is_prompted]
COUNTING = [entry for entry in methods() if entry.family.is_count_based]
# Of variants that differ in numbers alone, the others pass these checks, which take no time.
QUICK = (check_shapes, check_losses)
PAIRS = [
    (entry, check)
    for entry in TRAINED
    for check in (CHECKS if entry in LEARNING else QUICK)
    if check is not check_learns
]


@pytest.mark.parametrize(("entry", "check"), PAIRS, ids=[f"{entry.name}-{check.__name__}" for entry, check in PAIRS])
def test_trained_method(entry, check):
    # Of six tweets with a picture the default share swaps two as well.
    check(Case(entry, train, alternatives={"swapped_tweets": [4]}))


@pytest.mark.parametrize("entry", LEARNING, ids=lambda entry: entry.name)
def test_trained_method_learns(entry):
    check_learns(Case(entry, train))


def test_operators_that_synchronise_with_the_device_are_recorded():
    values, mask = torch.arange(3.0), torch.tensor([True, False, True])
    with SynchronizingOperators() as operators:
        (values + 1)[torch.tensor([0, 2])].sum()
    assert not operators.calls
    with SynchronizingOperators() as operators:
        values[mask].sum().item()
        values.nonzero()
        values.index_put((mask,), torch.ones(()))
    # Boolean indexing counts the selected elements.
    assert {call.split()[0] for call in operators.calls} >= {"aten::index", "aten::nonzero", "aten::index_put"}
    assert any(
        call.startswith("aten::_local_scalar_dense") and "test_conformance.py:" in call for call in operators.calls
    )


def test_operators_without_deterministic_gpu_kernels_are_recorded():
    values = torch.rand(2, 3, 4, 4, requires_grad=True)
    with NondeterministicOperators() as operators:
        torch.arange(3).cumsum(0)
        torch.bincount(torch.arange(3))
        values.mean((2, 3)).sum().backward()
        values.median()
    assert not operators.calls
    with NondeterministicOperators() as operators:
        values.cumsum(0)
        values.median(0)
        torch.bincount(torch.arange(3), torch.rand(3))
        torch.nn.functional.interpolate(values, scale_factor=2, mode="bilinear").sum().backward()
        torch.nn.functional.adaptive_avg_pool2d(values, 2).sum().backward()
    assert [call.split()[0].removeprefix("aten::") for call in operators.calls] == [
        *("cumsum", "median", "bincount", "upsample_bilinear2d_backward", "_adaptive_avg_pool2d_backward")
    ]
    assert "test_conformance.py:" in operators.calls[0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("entry", TRAINED, ids=lambda entry: entry.name)
def test_a_gpu_gives_the_same_emissions(entry):
    same_emissions(entry, "cuda")


@pytest.mark.parametrize("entry", PROMPTED, ids=lambda entry: entry.name)
def test_prompted_method(entry, tmp_path):
    template = tmp_path / "prompt.txt"
    template.write_text("Find $types.\n---\n$texts$tweet", encoding="utf-8")
    alternatives = {
        "model": ["another"],
        "texts": [("captions",), ("ocr",)],
        "shots": [1, 3],
        "examples": ["similar"],
        "example_pictures": [True],
        "template": [str(template)],
        "structured": [False],
        "temperature": [0.7],
        "max_tokens": [100],
        "picture_size": [64],
        "picture": [True],
    }
    check_prompted(entry, alternatives)


@pytest.mark.parametrize("entry", COUNTING, ids=lambda entry: entry.name)
def test_counting_method(entry):
    method = method_class(entry.family)(entry.configure({}))
    method.fit(sentences())
    tagged = [method.tag(example.words) for example in sentences()]
    assert [len(labels) for labels in tagged] == [len(example.words) for example in sentences()]
    assert {label for labels in tagged for label in labels} <= set(LABELS)
    method.fit([])
    assert method.tag(["unseen"]) == ["O"]


def test_every_method_has_tests_of_its_own_equations():
    folder = Path(__file__).parents[1]
    for entry in methods():
        name = entry.family.target.partition(":")[0].split(".")[2]
        files = [folder / f"test_{name}.py", *(folder / name).glob("test_*.py")]
        tests = sum(path.read_text(encoding="utf-8").count("\ndef test_") for path in files if path.is_file())
        assert tests, f"{entry.family.name} has no tests of its own equations: write {files[0].name}"


def test_the_reference_crf_trains_like_ours():
    entry = methods()["bert-crf"]
    check_learns(Case(entry._replace(variant=Variant("with pytorch-crf", {"crf": "pytorch-crf"})), train))
