"""How many runs work at a time, where, and with which share of the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.environment import usable_cores
from mnerbench.benchmark.training.events import Listener
from mnerbench.datasets.errors import ConfigError

# Where drivers show themselves: NVIDIA, Windows subsystem, AMD.
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")


class ExecutorKind(StrEnum):
    """Who does the runs."""

    INLINE = "inline"
    PROCESSES = "processes"
    RAY = "ray"


@dataclass(frozen=True)
class ExecutorConfig:
    """Who does the runs of an invocation.

    Attributes:
        kind: of executor.
        workers: runs at a time; None for as many as a cluster carries.
        threads: CPU threads of each; None leaves it to torch.
        gpus: per worker process, the only GPU that it sees; None where it sees what we see.
        per_gpu: runs on one GPU of a cluster.
    """

    kind: ExecutorKind
    workers: int | None
    threads: int | None
    gpus: tuple[str | None, ...] = ()
    per_gpu: int = 1

    @property
    def title(self) -> str:
        """For people; empty for runs in this process."""
        if self.kind is ExecutorKind.INLINE:
            return ""
        many = "" if self.workers is None else _count(self.workers, "run")
        threads = "" if self.threads is None else f"{_count(self.threads, 'CPU thread')} each"
        if self.kind is ExecutorKind.RAY:
            return f"a Ray cluster, {many or 'as many runs'} at a time{'' if many else ' as it carries'}, {threads}"
        used = sorted({gpu for gpu in self.gpus if gpu is not None})
        where = f" on GPU {', '.join(used)}" if used else ""
        return f"{_count(len(self.gpus), 'worker process', 'es')}{where}, {threads}".removesuffix(", ")


def _count(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}{plural if number > 1 else ''}"


def hire(kind: str | None, workers: int | None, per_gpu: int | None, places: RunPaths) -> ExecutorConfig:
    """Who does the runs, from what the user said.

    Args:
        kind: an `ExecutorKind`; None takes processes where there is more than one worker.
        workers: how many; None for as many as GPUs carry with `per_gpu` each (a cluster: as it carries), else for one.
        per_gpu: runs on one GPU.
        places: device and threads of the invocation.

    Raises:
        ConfigError: the wishes contradict each other, or Ray is not installed.
    """
    if kind == ExecutorKind.RAY:
        if find_spec("ray") is None:
            raise ConfigError("--executor ray: Ray is not installed\n  -> pip install 'mnerbench[ray]'")
        # Not shared out: machines of a cluster differ, and Ray gives a run the cores that it asks for.
        return ExecutorConfig(ExecutorKind.RAY, workers, places.threads or 1, per_gpu=per_gpu or 1)
    gpus = visible_gpus(places.device) if per_gpu or (workers or 1) > 1 or kind == ExecutorKind.PROCESSES else ()
    if per_gpu and not gpus:
        raise ConfigError(f"--per-gpu {per_gpu}: no GPU was found for --device {places.device}\n  -> --workers N")
    count = workers or (len(gpus) * per_gpu if per_gpu else 1)
    if per_gpu and count > len(gpus) * per_gpu:
        raise ConfigError(
            f"--workers {count} are more than {_count(len(gpus), 'GPU')} carry with --per-gpu {per_gpu}\n"
            "  -> a larger --per-gpu, or fewer workers"
        )
    chosen = ExecutorKind(kind) if kind else ExecutorKind.PROCESSES if count > 1 else ExecutorKind.INLINE
    if chosen is ExecutorKind.INLINE:
        if count > 1:
            raise ConfigError(f"--executor inline does one run at a time, not {count}\n  -> --executor processes")
        return ExecutorConfig(chosen, 1, places.threads)
    threads = places.threads or (max(1, usable_cores() // count) if count > 1 else None)
    return ExecutorConfig(chosen, count, threads, tuple(gpus[n % len(gpus)] if gpus else None for n in range(count)))


def visible_gpus(device: str) -> tuple[str, ...]:
    """The GPUs to share out, as `CUDA_VISIBLE_DEVICES` names them; none where the user chose one."""
    # Only where there may be one is torch worth its memory in the process that gives runs out.
    likely = "torch" in sys.modules or any(Path(place).exists() for place in _DRIVERS)
    if device not in {"auto", "cuda"} or not likely:
        return ()
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = named.split(",") if named else [str(number) for number in range(torch.cuda.device_count())]
    return tuple(names[: torch.cuda.device_count()])


def employ(staff: ExecutorConfig, materials: LocalResources) -> Callable[[Listener], Executor]:
    """What makes the executor, given who is to hear of the runs."""
    if staff.kind is ExecutorKind.INLINE:
        from mnerbench.benchmark.execution.executors.inline import InlineExecutor

        return lambda listen: InlineExecutor(materials, listen)
    places = replace(materials.places, threads=staff.threads)
    if staff.kind is ExecutorKind.RAY:
        from mnerbench.benchmark.execution.executors.ray import RayExecutor

        return lambda listen: RayExecutor(materials, places, (staff.workers, staff.per_gpu), listen)
    from mnerbench.benchmark.execution.executors.processes import ProcessExecutor

    return lambda listen: ProcessExecutor(places, staff.gpus, listen)
