"""Does a training step use an operator that a GPU cannot repeat? With `--deterministic` torch then refuses it there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# Without a deterministic kernel on CUDA (documentation of `torch.use_deterministic_algorithms`, torch 2.11).
_NEVER = {
    *("histc", "put", "put_", "nll_loss2d_forward", "_ctc_loss_backward"),
    *("_adaptive_avg_pool2d_backward", "_adaptive_avg_pool3d_backward", "adaptive_max_pool2d_backward"),
    *("avg_pool3d_backward", "max_pool3d_with_indices_backward", "max_unpool2d", "max_unpool3d"),
    *("fractional_max_pool2d_backward", "fractional_max_pool3d_backward"),
    *("upsample_linear1d_backward", "upsample_bilinear2d_backward", "upsample_bicubic2d_backward"),
    *("upsample_trilinear3d_backward", "grid_sampler_2d_backward", "grid_sampler_3d_backward"),
    *("reflection_pad1d_backward", "reflection_pad2d_backward", "reflection_pad3d_backward"),
}
# The CRF takes another way off the CPU.
_EXEMPT = ("crf/scans.py",)


class Unrepeatable(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operator within the block that has no deterministic kernel on a GPU.

    Attributes:
        used: `operator at file:line`.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.used: list[str] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if _has_no_kernel(func, args, kwargs or {}):
            self._note(func._schema.name)  # noqa: SLF001 - the documented way to an operator's name
        return func(*args, **(kwargs or {}))

    def _note(self, name: str) -> None:
        frame = sys._getframe()  # noqa: SLF001
        while frame.f_back is not None and ("/torch/" in frame.f_code.co_filename or frame.f_globals is globals()):
            frame = frame.f_back
        place = frame.f_code.co_filename.replace("\\", "/")
        if not place.endswith(_EXEMPT):
            self.used.append(f"{name} at {place}:{frame.f_lineno}")


def _has_no_kernel(func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> bool:
    name = func._schema.name.removeprefix("aten::")  # noqa: SLF001
    match name:
        case "cumsum":
            return isinstance(args[0], torch.Tensor) and args[0].is_floating_point()
        case "bincount":
            return len(args) > 1 or named.get("weights") is not None
        case "median" | "nanmedian":
            return bool(func._overloadname == "dim")  # noqa: SLF001
        case "scatter_reduce" | "scatter_reduce_":
            return "prod" in (*args, *named.values())
        case _:
            return name in _NEVER
