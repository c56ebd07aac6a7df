"""Does a training step ask its device for a number? On a GPU the host then waits until all work is done."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# What has a size, or a value for Python, that depends on the contents of a tensor.
_ASKING = {
    "aten::_local_scalar_dense",
    "aten::is_nonzero",
    "aten::nonzero",
    "aten::masked_select",
    "aten::repeat_interleave",
    "aten::_unique2",
    "aten::unique_dim",
    "aten::unique_consecutive",
    "aten::bincount",
    "aten::equal",
}
_INDEXING = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
# The CRF looks into its inputs on a CPU only; how many words a packed batch has at each step is known on the host.
_EXEMPT = ("crf/inputs.py", "layers/recurrent.py")


class Questions(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every question to a device within the block, each with the line that asked.

    Attributes:
        asked: `operator at file:line`.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.asked: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = func._schema.name  # noqa: SLF001 - the documented way to an operator's name
        if name in _ASKING or (name in _INDEXING and _chooses_by_bool(args[1])):
            self._note(name)
        return func(*args, **(kwargs or {}))

    def _note(self, name: str) -> None:
        frame = sys._getframe()  # noqa: SLF001
        while frame.f_back is not None and ("/torch/" in frame.f_code.co_filename or frame.f_globals is globals()):
            frame = frame.f_back
        place = frame.f_code.co_filename.replace("\\", "/")
        if not place.endswith(_EXEMPT):
            self.asked.append(f"{name} at {place}:{frame.f_lineno}")


def _chooses_by_bool(indices: Sequence[torch.Tensor | None]) -> bool:
    return any(index is not None and index.dtype in {torch.bool, torch.uint8} for index in indices)
