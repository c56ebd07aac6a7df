"""What an invocation asks of torch on a GPU. The GPU is only named: nothing runs on one here."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results import environment


@pytest.fixture
def untouched():
    """Whatever a test switches is switched back."""
    deterministic, tf32 = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.allow_tf32
    yield
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.allow_tf32 = tf32


def places(**settings):
    return RunPaths(Path(), None, Path(), Path(), **settings)


@pytest.mark.usefixtures("untouched")
def test_fp32_on_a_gpu_is_not_tensorfloat():
    torch.backends.cudnn.allow_tf32 = True
    assert pick_device(places(device="cuda:1")) == torch.device("cuda:1")
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.usefixtures("untouched")
def test_determinism_is_asked_for_with_the_workspace_that_cublas_needs(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")  # so that it is put back
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    pick_device(places(device="cuda", deterministic=True))
    assert torch.are_deterministic_algorithms_enabled()
    assert environment.os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    pick_device(places(device="cuda"))
    assert not torch.are_deterministic_algorithms_enabled()


def test_statistics_of_a_gpu_are_reset_once_there_are_some(monkeypatch):
    """torch has none of `cuda:1` before it has been initialised, and refuses to reset them."""
    called = []
    cuda = SimpleNamespace(init=lambda: called.append("init"), reset_peak_memory_stats=called.append)
    monkeypatch.setitem(environment.sys.modules, "torch", SimpleNamespace(cuda=cuda))
    environment.reset_gpu_peak("cpu")
    environment.reset_gpu_peak("cuda:1")
    assert called == ["init", "cuda:1"]
