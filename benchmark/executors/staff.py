"""How many runs work at a time, where, and with which share of the machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from mnerbench.benchmark.environment import usable_cores
from mnerbench.benchmark.events import Listener
from mnerbench.benchmark.executors.base import Executor
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.supplies import Places
from mnerbench.datasets.errors import ConfigError


class ExecutorKind(StrEnum):
    """Who does the runs."""

    INLINE = "inline"
    PROCESSES = "processes"


@dataclass(frozen=True)
class Staff:
    """Who does the runs of an invocation.

    Attributes:
        kind: of executor.
        gpus: per worker, the only GPU that it sees; None where it sees what we see.
        threads: CPU threads of each; None leaves it to torch.
    """

    kind: ExecutorKind
    gpus: tuple[str | None, ...]
    threads: int | None

    @property
    def title(self) -> str:
        """For people; empty for runs in this process."""
        if self.kind is ExecutorKind.INLINE:
            return ""
        used = sorted({gpu for gpu in self.gpus if gpu is not None})
        where = f" on GPU {', '.join(used)}" if used else ""
        threads = "" if self.threads is None else f", {self.threads} CPU thread{'s' if self.threads > 1 else ''} each"
        return f"{len(self.gpus)} worker process{'es' if len(self.gpus) > 1 else ''}{where}{threads}"


def hire(kind: str | None, workers: int | None, per_gpu: int | None, places: Places) -> Staff:
    """Who does the runs, from what the user said.

    Args:
        kind: an `ExecutorKind`; None takes processes where there is more than one worker.
        workers: how many; None for as many as GPUs carry with `per_gpu` each, else for one.
        per_gpu: workers on one GPU.
        places: device and threads of the invocation.

    Raises:
        ConfigError: the wishes contradict each other.
    """
    gpus = visible_gpus(places.device) if per_gpu or (workers or 1) > 1 or kind == ExecutorKind.PROCESSES else ()
    if per_gpu and not gpus:
        raise ConfigError(f"--per-gpu {per_gpu}: no GPU was found for --device {places.device}\n  -> --workers N")
    count = workers or (len(gpus) * per_gpu if per_gpu else 1)
    if per_gpu and gpus and count > len(gpus) * per_gpu:
        raise ConfigError(
            f"--workers {count} are more than {len(gpus)} GPU{'s' if len(gpus) > 1 else ''} carry "
            f"with --per-gpu {per_gpu}\n  -> a larger --per-gpu, or fewer workers"
        )
    chosen = ExecutorKind(kind) if kind else ExecutorKind.PROCESSES if count > 1 else ExecutorKind.INLINE
    if chosen is ExecutorKind.INLINE and count > 1:
        raise ConfigError(f"--executor inline does one run at a time, not {count}\n  -> --executor processes")
    threads = places.threads
    if threads is None and count > 1:
        threads = max(1, usable_cores() // count)
    return Staff(chosen, tuple(gpus[n % len(gpus)] if gpus else None for n in range(count)), threads)


def visible_gpus(device: str) -> tuple[str, ...]:
    """The GPUs to share out, as `CUDA_VISIBLE_DEVICES` names them; none where the user chose one."""
    if device not in {"auto", "cuda"}:
        return ()
    import torch

    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = named.split(",") if named else [str(number) for number in range(torch.cuda.device_count())]
    return tuple(names[: torch.cuda.device_count()])


def employ(staff: Staff, materials: Materials) -> Callable[[Listener], Executor]:
    """What makes the executor, given who is to hear of the runs."""
    if staff.kind is ExecutorKind.INLINE:
        from mnerbench.benchmark.executors.inline import InlineExecutor

        return lambda listen: InlineExecutor(materials, listen)
    from mnerbench.benchmark.executors.processes import ProcessExecutor

    return lambda listen: ProcessExecutor(replace(materials.places, threads=staff.threads), staff.gpus, listen)
