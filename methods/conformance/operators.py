"""Records operators of a training step with the line of code that calls them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode


class OperatorRecorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Context manager that records the operators selected by a subclass.

    Attributes:
        exempt: names of modules whose operators are not recorded.
        calls: `operator at file:line`, in call order.
    """

    exempt: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[str] = []

    def matches(self, func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> bool:
        """Whether to record an operator with these arguments."""
        raise NotImplementedError

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if self.matches(func, args, kwargs or {}):
            self._record(operator_name(func))
        return func(*args, **(kwargs or {}))

    def _record(self, operator: str) -> None:
        frame = sys._getframe()  # noqa: SLF001
        while frame.f_back is not None and ("/torch/" in frame.f_code.co_filename or frame.f_globals is globals()):
            frame = frame.f_back
        if frame.f_globals.get("__name__") not in self.exempt:
            self.calls.append(f"{operator} at {frame.f_code.co_filename}:{frame.f_lineno}")


def operator_name(func: Any) -> str:
    """Name of an operator, such as `aten::index`."""
    return str(func._schema.name)  # noqa: SLF001 - the documented access
