"""A batch that does not fit into memory is cut without changing its gradient; one that cannot be cut says why."""

from __future__ import annotations

import pytest
import torch

from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.training.gradient import Gradient, TrainingError, cut
from mnerbench.benchmark.training.memory import is_out_of_memory, out_of_memory_error
from mnerbench.benchmark.training.predict import predict
from mnerbench.datasets.inputs import View
from mnerbench.datasets.tagging import Scheme
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods


class SmallMachine:
    """A machine whose memory holds `limit` tweets at a time."""

    def __init__(self, method, limit, error):
        self.method, self.limit, self.error, self.sizes = method, limit, error, []
        self.losses, self.decode = method.losses, method.decode

    def install(self, monkeypatch):
        def losses(views):
            self.allocate(len(next(iter(views.values())).mask))
            return self.losses(views)

        def decode(batch):
            self.allocate(len(batch.mask))
            return self.decode(batch)

        monkeypatch.setattr(self.method, "losses", losses)
        monkeypatch.setattr(self.method, "decode", decode)

    def allocate(self, tweets):
        if tweets > self.limit:
            raise self.error
        self.sizes.append(tweets)


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory"),
    MemoryError(),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("Triton Error [CUDA]: out of memory"),
]


def build(name):
    case = Case(methods()[name], train=lambda *_: None)
    method = case.build().eval()  # without dropout, whose draws depend on the shapes
    return method, case.split(method)


def gradients(method):
    return {name: p.grad.clone() for name, p in method.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("error", ERRORS[:3], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["bert", "bert-crf", "ita-ga+cva", "umt", "hamlearning"])
def test_micro_batches_have_the_gradient_of_the_batch(name, error, monkeypatch):
    method, split = build(name)
    whole = Gradient(method, split, Precision.FP32)
    terms, expected = whole(range(8)), gradients(method)
    machine = SmallMachine(method, 3, error)
    machine.install(monkeypatch)
    small = Gradient(method, split, Precision.FP32)
    accumulated = small(range(8))
    assert (whole.parts, small.parts) == (1, 4)
    assert machine.sizes == [2, 2, 2, 2]
    for key, value in terms.items():
        torch.testing.assert_close(accumulated[key], value, rtol=1e-5, atol=1e-6)
    for key, value in gradients(method).items():
        torch.testing.assert_close(value, expected[key], rtol=1e-4, atol=1e-6)


def test_later_batches_are_cut_from_the_start(monkeypatch):
    method, split = build("bert-crf")
    machine = SmallMachine(method, 3, ERRORS[0])
    machine.install(monkeypatch)
    gradient = Gradient(method, split, Precision.FP32)
    gradient(range(8))
    gradient([1, 2, 3])
    assert machine.sizes == [2, 2, 2, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("maf", r"loss couples the tweets of a batch"), ("bert-crf", r"even with one tweet at a time")],
)
def test_a_batch_that_cannot_be_cut_gives_the_reason(name, reason, monkeypatch):
    method, split = build(name)
    SmallMachine(method, 0, ERRORS[0]).install(monkeypatch)
    with pytest.raises(TrainingError, match=rf"out of memory with 8 tweets per step, .*{reason}(.|\n)*-> a smaller"):
        Gradient(method, split, Precision.FP32)(range(8))


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_out_of_memory_errors_are_detected(error):
    assert is_out_of_memory(error)


def test_an_out_of_memory_error_gives_the_amount_and_a_remedy():
    torch_message = (
        "CUDA out of memory. Tried to allocate 90.00 MiB. GPU 0 has a total capacity of 79.11 GiB of which 5.38 MiB is "
        "free. Process 7 has 79.10 GiB memory in use. If reserved but unallocated memory is large try setting X=Y."
    )
    message = str(out_of_memory_error(torch.OutOfMemoryError(torch_message), "cuda:1"))
    assert message.startswith("out of memory on cuda:1: CUDA out of memory. Tried to allocate 90.00 MiB. GPU 0 has ")
    assert "5.38 MiB is free\n  -> a smaller encoder or training.batch_size" in message
    assert "Process 7" not in message
    assert str(out_of_memory_error(MemoryError(), "cpu")).startswith("out of memory on cpu: MemoryError\n  -> ")


def test_other_errors_are_not_mistaken_for_it(monkeypatch):
    method, split = build("bert-crf")
    SmallMachine(method, 0, RuntimeError("shapes differ")).install(monkeypatch)
    with pytest.raises(RuntimeError, match="shapes differ"):
        Gradient(method, split, Precision.FP32)(range(8))
    assert not is_out_of_memory(ValueError("can't allocate memory"))


def test_micro_batches_are_of_nearly_equal_size():
    assert cut(range(10), 1) == [range(10)]
    assert [list(part) for part in cut(range(10), 4)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert [len(part) for part in cut(range(3), 8)] == [1, 1, 1]


def test_predictions_are_the_same_in_smaller_batches(monkeypatch):
    method, split = build("maf")
    whole = predict(method, split, View.IT, Precision.FP32, Scheme.BIO)
    machine = SmallMachine(method, 2, ERRORS[0])
    machine.install(monkeypatch)
    assert predict(method, split, View.IT, Precision.FP32, Scheme.BIO) == whole
    assert sum(machine.sizes) == len(split)
    SmallMachine(method, 0, ERRORS[0]).install(monkeypatch)
    with pytest.raises(torch.OutOfMemoryError):
        predict(method, split, View.IT, Precision.FP32, Scheme.BIO)
