"""The flags of verbs that train: on what, how many at a time, watched how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.grid_options import FiniteRange

if TYPE_CHECKING:
    from mnerbench.benchmark.execution.executors.config import ExecutorConfig
    from mnerbench.benchmark.resources.paths import RunPaths

_PATIENCE = 30.0  # minutes


@dataclass(frozen=True)
class WorkFlags:
    """The flags, as given."""

    device: str
    threads: int | None
    deterministic: bool
    checkpoint_every: float
    workers: int | None
    per_gpu: int | None
    executor: str | None
    timeout: float | None
    mlflow: bool

    @property
    def places(self) -> dict[str, Any]:
        """Those that are fields of `RunPaths`."""
        return {
            "device": self.device,
            "threads": self.threads,
            "deterministic": self.deterministic,
            "checkpoint_seconds": self.checkpoint_every,
        }

    def staff(self, places: RunPaths) -> ExecutorConfig:
        """Who does the runs.

        Raises:
            ConfigError: the flags contradict each other.
        """
        from mnerbench.benchmark.execution.executors.config import ExecutorKind, hire
        from mnerbench.datasets.errors import ConfigError

        found = hire(self.executor, self.workers, self.per_gpu, places)
        if found.kind is ExecutorKind.INLINE and self.timeout:
            raise ConfigError(
                "--timeout: a run in this process cannot be ended from outside\n  -> add --executor processes"
            )
        return found

    @property
    def patience(self) -> float | None:
        """Seconds that a run may be silent; None for ever."""
        minutes = _PATIENCE if self.timeout is None else self.timeout
        return 60 * minutes or None


def split_flags(flags: dict[str, Any]) -> tuple[WorkFlags, dict[str, Any]]:
    """These flags, and the others."""
    own = {field.name: flags[field.name] for field in fields(WorkFlags)}
    return WorkFlags(**own), {name: value for name, value in flags.items() if name not in own}


_WORK = (
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ..."),
    click.option(
        "--workers", type=click.IntRange(1, 1024), metavar="N", help="Worker processes: runs at a time.  [default: 1]"
    ),
    click.option(
        "--per-gpu",
        type=click.IntRange(1, 1024),
        metavar="K",
        help="Workers on each GPU.  [default: shared out evenly]",
    ),
    click.option(
        "--executor",
        type=click.Choice(["inline", "processes", "ray"]),
        help="Who does the runs: this process, workers, a Ray cluster.  [default: workers where there are several]",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="CPU threads of a run; CPU results repeat exactly at the same number.  [default: cores, shared out]",
    ),
    click.option("--deterministic", is_flag=True, help="Deterministic GPU kernels (slower)."),
    click.option(
        "--checkpoint-every",
        type=FiniteRange(0, 1e9),
        default=300.0,
        show_default=True,
        help="Seconds between checkpoints.",
    ),
    click.option(
        "--timeout",
        type=FiniteRange(0, 1e9),
        metavar="MINUTES",
        help="A run in a worker that is silent for so long is ended and fails; 0 for never.  [default: 30]",
    ),
    click.option("--mlflow/--no-mlflow", "mlflow", default=True, show_default=True, help="Log to MLflow."),
)


def work_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which all verbs that train are told how."""
    for option in reversed(_WORK):
        function = option(function)
    return function
