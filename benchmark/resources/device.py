"""The compute device: validated before anything starts, set up when a run begins."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.untrusted.display import quoted

if TYPE_CHECKING:
    import torch

    from mnerbench.benchmark.resources.paths import RunPaths

_NAME = re.compile(r"auto|cpu|cuda(:\d+)?")


def check_device(name: str) -> None:
    """Check once that a device is usable, so that a typing error does not fail every run.

    Raises:
        ConfigError: The name is invalid, or this machine has no such device.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--device {quoted(name)} is not a device\n  -> auto, cpu, cuda, cuda:1, ...")
    if name.startswith("cuda"):
        import torch

        count = torch.cuda.device_count()
        if int(name.partition(":")[2] or 0) >= count:
            raise ConfigError(f"--device {name}: this machine has {count} CUDA devices\n  -> --device auto")


def pick_device(paths: RunPaths) -> torch.device:
    """The device of an invocation; also sets the threads, precision and determinism of torch."""
    import torch

    name = paths.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if paths.threads is not None:
        torch.set_num_threads(paths.threads)
    set_determinism(paths.deterministic)
    if name.startswith("cuda"):
        # Precision is part of a run's identity, so fp32 must be fp32 also in convolutions and LSTMs, for which torch
        # uses TensorFloat-32 by default.
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def set_determinism(enabled: bool) -> None:
    """Enable or disable deterministic operators in torch; cuBLAS also needs a fixed workspace for them."""
    import torch

    if enabled:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(enabled)
