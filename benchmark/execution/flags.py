"""How runs are executed: device, workers, checkpoints, timeout, MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnerbench.benchmark.execution.executors.config import ExecutorConfig
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.datasets.chat.settings import ChatSettings

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
    concurrency: int = 8
    per_minute: float | None = None
    answer_timeout: float = 120.0
    recall_tweets: int = 100
    budget: tuple[str, ...] = ()
    prices: Path | None = None

    @property
    def machine_settings(self) -> dict[str, Any]:
        """The flags that are fields of `RunPaths`.

        Raises:
            ConfigError: a limit of asking is malformed.
            MissingInputError: there is no such file of prices.
        """
        return {
            "chat": self._chat,
            "device": self.device,
            "threads": self.threads,
            "deterministic": self.deterministic,
            "checkpoint_seconds": self.checkpoint_every,
        }

    @property
    def _chat(self) -> ChatSettings:
        from mnerbench.datasets.chat.budget import Prices, parse_budget, read_prices
        from mnerbench.datasets.chat.server import ServerSettings
        from mnerbench.datasets.chat.settings import ChatSettings
        from mnerbench.datasets.errors import ConfigError

        budget = parse_budget(self.budget)
        if budget.money is not None and self.prices is None:
            raise ConfigError("--budget money: no prices are known\n  -> add --prices FILE")
        server = ServerSettings(self.answer_timeout, per_minute=self.per_minute)
        prices = read_prices(self.prices) if self.prices is not None else Prices()
        return ChatSettings(self.concurrency, server, budget, prices, self.recall_tweets)

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
