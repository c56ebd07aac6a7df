"""The device of an invocation: checked before anything starts, applied where a run begins."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from mnerbench.datasets.errors import ConfigError

if TYPE_CHECKING:
    import torch

    from mnerbench.benchmark.resources.paths import RunPaths

_NAME = re.compile(r"auto|cpu|cuda(:\d+)?")


def check_device(name: str) -> None:
    """See that a device can be used, once, so that a typing error does not become a failed record per run.

    Raises:
        ConfigError: not a device name, or not on this machine.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--device {name!r} is not a device\n  -> auto, cpu, cuda, or cuda:1 and so on")
    if name.startswith("cuda"):
        import torch

        found = torch.cuda.device_count()
        if int(name.partition(":")[2] or 0) >= found:
            raise ConfigError(f"--device {name}: this machine has {found} CUDA devices\n  -> --device auto")


def pick_device(places: RunPaths) -> torch.device:
    """The device of an invocation, with its threads, precision and determinism applied to torch."""
    import torch

    name = places.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if places.threads is not None:
        torch.set_num_threads(places.threads)
    set_determinism(places.deterministic)
    if name.startswith("cuda"):
        # Precision is part of a run's identity: fp32 is fp32, also in convolutions and LSTMs, for which torch takes
        # TensorFloat-32 unless told otherwise.
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def set_determinism(wanted: bool) -> None:
    """Ask torch for operators that repeat themselves, with the fixed workspace that cuBLAS needs for it, or no more."""
    import torch

    if wanted:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(wanted)
