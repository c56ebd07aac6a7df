"""Detects operators that synchronise with the device: on a GPU the host waits until all queued work is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mnerbench.methods.conformance.operators import OperatorRecorder, operator_name
from mnerbench.methods.encoders import recurrent
from mnerbench.methods.layers.crf import inputs

# Operators whose output size, or Python value, depends on the contents of a tensor.
_SYNCHRONIZING = {
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


class SynchronizingOperators(OperatorRecorder):  # type: ignore[no-untyped-call]
    """Records every operator that makes the host wait for the device."""

    # The CRF reads values of its inputs on the CPU only; the batch sizes of packed sequences are known on the host.
    exempt = frozenset({inputs.__name__, recurrent.__name__})

    def matches(self, func: Any, args: Sequence[Any], named: Mapping[str, Any]) -> bool:
        """Whether the host needs the operator's result or its size."""
        name = operator_name(func)
        return name in _SYNCHRONIZING or (name in _INDEXING and _chooses_by_bool(args[1]))


def _chooses_by_bool(indices: Sequence[torch.Tensor | None]) -> bool:
    return any(index is not None and index.dtype in {torch.bool, torch.uint8} for index in indices)
