"""Describes the machine and the installed versions."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.results.environment import package_version, software, usable_cores

_PACKAGES = (
    *("mnerbench", "torch", "transformers", "triton", "tokenizers", "numpy", "pydantic"),
    *("pytorch-crf", "torchvision"),
)
_VERSION_FILE = Path("/proc/driver/nvidia/version")


def facts(setting: Setting) -> dict[str, Any]:
    """Machine, versions and training data; queries torch for the GPU's name."""
    import torch

    versions = software()
    machine: dict[str, Any] = {
        "device": setting.device,
        "gpu": None,
        "driver": driver(),
        "cuda": torch.version.cuda,
        "python": platform.python_version(),
        "packages": {name: package_version(name) for name in _PACKAGES},
        "commit": versions["commit"],
        "processor": versions["processor"],
        "cores": usable_cores(),
        "tweets": setting.dataset if setting.data is not None else "made, with the lengths of Twitter-2015",
        "encoder": setting.encoder.name if setting.encoder is not None else _synthetic_encoder(setting),
        "rehearsal": setting.tiny,
    }
    if setting.on_gpu:
        properties = torch.cuda.get_device_properties(torch.device(setting.device))
        machine |= {"gpu": properties.name, "gpu_memory_gib": round(properties.total_memory / 2**30, 1)}
    return machine


def _synthetic_encoder(setting: Setting) -> str:
    return f"made: {'two narrow layers' if setting.tiny else 'BERT base'}, random weights"


def driver() -> str:
    """The version of NVIDIA's driver, or an empty string."""
    program = shutil.which("nvidia-smi")
    if program is not None:
        command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            result = None
        if result is not None and result.returncode == 0 and result.stdout.strip():
            return result.stdout.split("\n")[0].strip()
    try:
        words = _VERSION_FILE.read_text(encoding="utf-8").split("\n")[0].split()
    except OSError:
        return ""
    return next((word for word in words if word[0].isdigit() and "." in word), "")
