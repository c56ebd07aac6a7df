"""Settings of torch for a GPU; no test runs on a GPU."""

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
    """Restore the settings that a test changes."""
    deterministic, tf32 = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.allow_tf32
    yield
    torch.use_deterministic_algorithms(deterministic)
    torch.backends.cudnn.allow_tf32 = tf32


def paths(**settings):
    return RunPaths(Path(), None, Path(), Path(), **settings)


@pytest.mark.usefixtures("untouched")
def test_fp32_on_a_gpu_is_not_tensorfloat():
    torch.backends.cudnn.allow_tf32 = True
    assert pick_device(paths(device="cuda:1")) == torch.device("cuda:1")
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.usefixtures("untouched")
def test_determinism_sets_the_workspace_that_cublas_needs(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")  # so that it is restored
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    pick_device(paths(device="cuda", deterministic=True))
    assert torch.are_deterministic_algorithms_enabled()
    assert environment.os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    pick_device(paths(device="cuda"))
    assert not torch.are_deterministic_algorithms_enabled()


def test_statistics_of_a_gpu_are_reset_after_initialisation(monkeypatch):
    """torch has no statistics of `cuda:1` before initialisation and raises if they are reset."""
    calls = []
    cuda = SimpleNamespace(init=lambda: calls.append("init"), reset_peak_memory_stats=calls.append)
    monkeypatch.setitem(environment.sys.modules, "torch", SimpleNamespace(cuda=cuda))
    environment.reset_gpu_peak("cpu")
    environment.reset_gpu_peak("cuda:1")
    assert calls == ["init", "cuda:1"]
