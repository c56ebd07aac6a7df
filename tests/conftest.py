"""Fixtures that several tests share. The corpus `tiny` is invented; no real tweet is in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import torch

# Kernels run in Triton's interpreter where there is no GPU; it has to be said before anything imports Triton.
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
# Tests never reach the network, whatever they name.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")
os.environ.pop("MLFLOW_TRACKING_URI", None)
# pytest-xdist sets it to 80 in its workers.
os.environ.pop("COLUMNS", None)

# A slow machine is no fault of an example.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")

FIXTURES = Path(__file__).parent / "fixtures"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The data folder that holds the corpus `tiny`."""
    return FIXTURES


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository root."""
    return ROOT


def pytest_make_parametrize_id(val: object) -> str | None:
    """Call bytes by their number: archives hold the time, and each process has to collect the same names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
