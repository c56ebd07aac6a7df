"""Fixtures that several tests share. The corpus `tiny` is invented; no real tweet is in the repository."""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
import torch

from mnerbench.benchmark.execution.garbage import collect_garbage_rarely

# Kernels run in Triton's interpreter where there is no GPU; it has to be said before anything imports Triton.
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
# Tests never reach the network, whatever they name.
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")
os.environ.pop("MLFLOW_TRACKING_URI", None)
# pytest-xdist sets it to 80 in its workers.
os.environ.pop("COLUMNS", None)

# As the program itself: thousands of collected tests are many objects and few cycles.
collect_garbage_rarely()

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first: the last file of `--dist loadfile` should not keep one process waiting."""
    cost = Counter[Path]()
    for item in items:
        cost[item.path] += 50 if item.get_closest_marker("slow") else 1
    items.sort(key=lambda item: -cost[item.path])  # stable: the order within a file stays


def pytest_collection_finish() -> None:
    """Exempt from the search for garbage what lives until the end."""
    gc.collect()
    gc.freeze()
