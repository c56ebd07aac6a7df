"""How runs are executed: device, workers, checkpoints, timeout, MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnerbench.benchmark.execution.executors.config import ExecutorConfig
    from mnerbench.benchmark.resources.paths import RunPaths

_STALL_TIMEOUT = 30.0  # minutes


@dataclass(frozen=True)
class ExecutionFlags:
    """The execution flags."""

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
    def machine_settings(self) -> dict[str, Any]:
        """The flags that are fields of `RunPaths`."""
        return {
            "device": self.device,
            "threads": self.threads,
            "deterministic": self.deterministic,
            "checkpoint_seconds": self.checkpoint_every,
        }

    def executor_config(self, paths: RunPaths) -> ExecutorConfig:
        """Resolve the configuration of the executor.

        Raises:
            ConfigError: the flags contradict each other.
        """
        from mnerbench.benchmark.execution.executors.config import ExecutorKind, resolve_executor
        from mnerbench.datasets.errors import ConfigError

        config = resolve_executor(self.executor, self.workers, self.per_gpu, paths)
        if config.kind is ExecutorKind.INLINE and self.timeout:
            raise ConfigError("--timeout: a run in this process cannot be killed\n  -> add --executor processes")
        return config

    @property
    def stall_timeout(self) -> float | None:
        """Seconds without progress after which a run is killed; None for no limit."""
        minutes = _STALL_TIMEOUT if self.timeout is None else self.timeout
        return 60 * minutes or None
