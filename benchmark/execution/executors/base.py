"""Interface between the orchestrator and what executes the runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.training.events import Listener


class Executor(ABC):
    """Executes runs and reports all events to one listener, in this process, from within `wait`.

    Every started run yields exactly one `RunEnded` or `RunLost`. Use it as a context manager: runs that are still
    active on exit are killed.

    Args:
        listen: receives every event.

    Attributes:
        starts_at_once: whether a started run executes at once, instead of waiting for a machine.
    """

    starts_at_once: ClassVar[bool] = True

    def __init__(self, listen: Listener) -> None:
        self._listen = listen

    @property
    @abstractmethod
    def free(self) -> int:
        """Number of further runs that can be started now."""

    @abstractmethod
    def start(self, job: Job) -> None:
        """Start a run; only while `free` is positive."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Report pending events; if there are none, wait at most `seconds` for the first."""

    @abstractmethod
    def stop(self, identity: str) -> None:
        """Ask a run to end between two steps and keep its state."""

    @abstractmethod
    def kill(self, identity: str) -> None:
        """Kill a run; `RunLost` follows."""

    @abstractmethod
    def close(self) -> None:
        """Kill all active runs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
