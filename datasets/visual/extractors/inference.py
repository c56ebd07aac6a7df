"""What every network that looks at pictures does alike: how it computes, and what it does with very long pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

_LONGEST = 8


def trimmed(picture: Image) -> Image:
    """A picture without the ends beyond 8 times its shorter side, cut alike on both.

    Preprocessing that resizes the shorter side makes a strip of 2 x 20,000 pixels into 256 x 2,560,000 before it cuts
    out the centre; what is cut off here would not have been seen.
    """
    width, height = picture.size
    limit = _LONGEST * min(width, height)
    if max(width, height) <= limit:
        return picture
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    return picture.crop((left, top, min(width, left + limit), min(height, top + limit)))


@contextmanager
def arithmetic(device: str, precision: str = "float32") -> Iterator[None]:
    """Compute without gradients, and with the same precision on every device.

    What is found is kept under what made it, and not under where it was made. So TensorFloat-32 is off, which torch
    uses for convolutions on GPUs unless told otherwise; the process' own choice is put back afterwards.

    Args:
        device: `cpu`, `cuda`, `cuda:1`.
        precision: `float32`; or `float16` or `bfloat16` for torch's mixed precision, on a CPU too.
    """
    import torch

    before = [(where, name, getattr(where, name)) for where, name, _ in _tf32()]
    mixed = precision != "float32"
    kind = getattr(torch, precision) if mixed else None
    try:
        for where, name, off in _tf32():
            setattr(where, name, off)
        with torch.inference_mode(), torch.autocast(device.partition(":")[0], dtype=kind, enabled=mixed):
            yield
    finally:
        for where, name, value in before:
            setattr(where, name, value)


def _tf32() -> list[tuple[Any, str, Any]]:
    """The switches of TensorFloat-32, with what turns them off."""
    import torch

    backends: Any = torch.backends
    if hasattr(backends.cudnn, "conv"):
        # Where a process uses these names, which torch has from 2.9 on, the older ones can no longer be read.
        return [(backends.cuda.matmul, "fp32_precision", "ieee"), (backends.cudnn.conv, "fp32_precision", "ieee")]
    return [(backends.cuda.matmul, "allow_tf32", False), (backends.cudnn, "allow_tf32", False)]


def to_numpy(tensor: Tensor, dtype: str) -> NDArray[Any]:
    """Numbers as they are stored; what float16 cannot hold becomes infinite, which makes the picture a bad one."""
    # numpy has no bfloat16.
    numbers = tensor.float() if tensor.is_floating_point() else tensor
    with np.errstate(over="ignore"):
        array: NDArray[Any] = numbers.cpu().numpy().astype(dtype)
    return array
