"""Detects operators without a deterministic GPU kernel, which torch rejects under `--deterministic`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mnerbench.methods.conformance.operators import OperatorRecorder, operator_name
from mnerbench.methods.layers.crf import scans

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


class NondeterministicOperators(OperatorRecorder):  # type: ignore[no-untyped-call]
    """Records every operator within the block that has no deterministic kernel on a GPU."""

    # On other devices than the CPU, the CRF uses other operators.
    exempt = frozenset({scans.__name__})

    def matches(self, func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> bool:
        """Whether torch rejects the operator on a GPU under `use_deterministic_algorithms`."""
        name = operator_name(func).removeprefix("aten::")
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
