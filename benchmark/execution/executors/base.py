"""What the orchestrator asks of whoever does the runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.training.events import Listener


class Executor(ABC):
    """Does runs somewhere. Everything that happens is told to one listener, in this process, from within `wait`.

    For every run that was started, exactly one `RunEnded` or `RunLost` comes. Use it as a context manager: whatever
    still works when it is left is ended at once.

    Args:
        listen: hears every event.
    """

    def __init__(self, listen: Listener) -> None:
        self._listen = listen

    @property
    @abstractmethod
    def free(self) -> int:
        """How many more runs it can take now."""

    @abstractmethod
    def start(self, job: Job) -> None:
        """Take a run; only while `free`."""

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Tell what happened; where nothing did, wait for it that long at most."""

    @abstractmethod
    def stop(self, identity: str) -> None:
        """Ask a run to end between two steps and keep its state."""

    @abstractmethod
    def kill(self, identity: str) -> None:
        """End a run at once; `RunLost` follows."""

    @abstractmethod
    def close(self) -> None:
        """End whatever still works, at once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
