"""The environment of a run: hardware, versions, commit. It is recorded, but never part of an identity."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]  # of the checkout, if this is one
_CODE = ("benchmark", "datasets", "methods", "reports")  # folders of the checkout
_NOT_INSTALLED = "not installed"
PACKAGES = (
    "mnerbench",
    "torch",
    "torchvision",
    "transformers",
    "tokenizers",
    "pytorch-crf",
    "numpy",
    "scipy",
    "pillow",
    "pytesseract",
    "mlflow",
    "optuna",
)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def package_version(package: str) -> str:
    """The installed version of a package, or `not installed`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return _NOT_INSTALLED


def harness_version() -> str:
    """The version of this package; that of the checkout if none is installed."""
    installed = package_version("mnerbench")
    project_file = _ROOT / "pyproject.toml"
    if installed != _NOT_INSTALLED or not project_file.is_file():
        return installed
    declared = tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]["version"]
    return f"{declared} (a checkout, not installed)"


def _commit() -> str:
    """The commit of the checkout that this code runs from, `-dirty` after changes; empty for an installed package."""
    if not (_ROOT / ".git").exists():
        return ""
    commit = _git("describe", "--always", "--dirty")
    # `describe` ignores untracked files, and a new method is one.
    new = _git("ls-files", "--others", "--exclude-standard", "--", *_CODE)
    return f"{commit}-dirty" if new and commit and not commit.endswith("-dirty") else commit


def _git(*arguments: str) -> str:
    """The output of git in the checkout; empty if it fails."""
    command = ["git", "-C", str(_ROOT), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def usable_cores() -> int:
    """Number of cores that this process may use; on a shared machine possibly fewer than exist."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def software() -> dict[str, object]:
    """Machine, versions and commit at the time of the first call; call before the first run, since files may change."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "packages": {name: package_version(name) for name in PACKAGES},
        "commit": _commit(),
    }


def environment(device: str) -> dict[str, object]:
    """Facts about machine and software; those of torch only if it is already imported.

    Args:
        device: device of the run; only this GPU is named.
    """
    facts: dict[str, object] = {**software(), "device": device}
    torch = sys.modules.get("torch")
    if torch is not None:
        facts["threads"] = torch.get_num_threads()
        facts["gpu"] = torch.cuda.get_device_name(device) if device.startswith("cuda") else None
    return facts


def _resident_peak() -> int:
    """Peak resident set size of this process since its start, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def reset_gpu_peak(device: str) -> None:
    """Reset the peak-memory statistics of a GPU; does nothing on a CPU."""
    if device.startswith("cuda"):
        cuda = sys.modules["torch"].cuda
        cuda.init()  # a numbered GPU that nothing has used yet has no statistics to reset
        cuda.reset_peak_memory_stats(device)


class MemoryMeter:
    """Measures the peak memory of one run in a process that executes several."""

    def __init__(self) -> None:
        self._before = _resident_peak()

    def peak(self, device: str) -> int | None:
        """Peak in bytes: of CUDA allocations on a GPU, of the resident set on a CPU.

        The system keeps one peak per process, so this is None on a CPU if an earlier run needed more.
        """
        if device.startswith("cuda"):
            return int(sys.modules["torch"].cuda.max_memory_allocated(device))
        now = _resident_peak()
        return now if now > self._before else None
