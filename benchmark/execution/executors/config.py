"""Executor settings: how many runs at a time, where, and with which share of the machine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.environment import usable_cores
from mnerbench.datasets.errors import ConfigError

# Device files of GPU drivers: NVIDIA, Windows Subsystem for Linux, AMD.
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")


class ExecutorKind(StrEnum):
    """Where runs are executed: in this process, in worker processes, or on a Ray cluster."""

    INLINE = "inline"
    PROCESSES = "processes"
    RAY = "ray"


@dataclass(frozen=True)
class ExecutorConfig:
    """How the runs of an invocation are executed.

    Attributes:
        kind: kind of executor.
        workers: runs at a time; None for as many as the cluster can run.
        threads: CPU threads per run; None for torch's default.
        gpus: per worker process, the only visible GPU; None if it sees the same GPUs as this process.
        per_gpu: runs on one GPU of a cluster.
    """

    kind: ExecutorKind
    workers: int | None
    threads: int | None
    gpus: tuple[str | None, ...] = ()
    per_gpu: int = 1

    @property
    def title(self) -> str:
        """Description for people; empty for runs in this process."""
        if self.kind is ExecutorKind.INLINE:
            return ""
        runs = "" if self.workers is None else _count(self.workers, "run")
        threads = "" if self.threads is None else f"{_count(self.threads, 'CPU thread')} each"
        if self.kind is ExecutorKind.RAY:
            return f"a Ray cluster, {runs or 'as many runs'} at a time{'' if runs else ' as fit'}, {threads}"
        used = sorted({gpu for gpu in self.gpus if gpu is not None})
        gpus = f" on GPU {', '.join(used)}" if used else ""
        return f"{_count(len(self.gpus), 'worker process', 'es')}{gpus}, {threads}".removesuffix(", ")


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{plural if number > 1 else ''}"


def resolve_executor(kind: str | None, workers: int | None, per_gpu: int | None, paths: RunPaths) -> ExecutorConfig:
    """Resolve the user's flags to executor settings.

    Args:
        kind: an `ExecutorKind`; None for processes if there is more than one worker, else inline.
        workers: number of workers; None for `per_gpu` on every GPU (on a cluster: as many as it has room for), else
            for one.
        per_gpu: runs on one GPU.
        paths: device and threads of the invocation.

    Raises:
        ConfigError: the flags contradict each other, or Ray is not installed.
    """
    if kind == ExecutorKind.RAY:
        if find_spec("ray") is None:
            raise ConfigError("--executor ray: Ray is not installed\n  -> pip install 'mnerbench[ray]'")
        # Cores are not divided here: machines of a cluster differ, and Ray reserves the cores that a run requests.
        return ExecutorConfig(ExecutorKind.RAY, workers, paths.threads or 1, per_gpu=per_gpu or 1)
    gpus = visible_gpus(paths.device) if per_gpu or (workers or 1) > 1 or kind == ExecutorKind.PROCESSES else ()
    if per_gpu and not gpus:
        raise ConfigError(f"--per-gpu {per_gpu}: no GPU was found for --device {paths.device}\n  -> --workers N")
    limit = len(gpus) * per_gpu if per_gpu else None
    count = workers or limit or 1
    if limit is not None and count > limit:
        raise ConfigError(
            f"--workers {count}: {_count(len(gpus), 'GPU')} with --per-gpu {per_gpu} carry at most {limit}\n"
            "  -> a larger --per-gpu, or fewer workers"
        )
    resolved = ExecutorKind(kind) if kind else ExecutorKind.PROCESSES if count > 1 else ExecutorKind.INLINE
    if resolved is ExecutorKind.INLINE:
        if count > 1:
            raise ConfigError(f"--executor inline executes one run at a time, not {count}\n  -> --executor processes")
        return ExecutorConfig(resolved, 1, paths.threads)
    threads = paths.threads or (max(1, usable_cores() // count) if count > 1 else None)
    return ExecutorConfig(resolved, count, threads, tuple(gpus[n % len(gpus)] if gpus else None for n in range(count)))


def visible_gpus(device: str) -> tuple[str, ...]:
    """The GPUs to distribute over workers, as `CUDA_VISIBLE_DEVICES` names them; none if the user named a device."""
    # Torch takes memory in the orchestrator's process, so import it only if there may be a GPU.
    likely = "torch" in sys.modules or any(Path(driver).exists() for driver in _DRIVERS)
    if device not in {"auto", "cuda"} or not likely:
        return ()
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(number) for number in range(torch.cuda.device_count())]
    return tuple(names[: torch.cuda.device_count()])
