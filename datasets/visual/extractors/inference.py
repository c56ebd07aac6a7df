"""Shared by all vision networks: numerical precision, output conversion, and the treatment of very long pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

_MAX_ASPECT_RATIO = 8


def trim_long_side(picture: Image) -> Image:
    """Crop the longer side symmetrically to at most 8 times the shorter one.

    Preprocessing that resizes the shorter side enlarges a strip of 2 x 20,000 pixels to 256 x 2,560,000 before it takes
    the central crop, which never contains the part removed here.
    """
    width, height = picture.size
    limit = _MAX_ASPECT_RATIO * min(width, height)
    if max(width, height) <= limit:
        return picture
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    return picture.crop((left, top, min(width, left + limit), min(height, top + limit)))


@contextmanager
def inference_context(device: str, precision: str = "float32") -> Iterator[None]:
    """Compute without gradients and with the same precision on every device.

    Stored results are identified by the extractor, not by the device. TensorFloat-32, torch's default for convolutions
    on GPUs, is therefore disabled; the previous setting is restored afterwards.

    Args:
        device: `cpu`, `cuda`, `cuda:1`.
        precision: `float32`; or `float16` or `bfloat16` for torch's mixed precision, on a CPU too.
    """
    import torch

    previous = [(backend, name, getattr(backend, name)) for backend, name, _ in _tf32_switches()]
    mixed = precision != "float32"
    dtype = getattr(torch, precision) if mixed else None
    try:
        for backend, name, off in _tf32_switches():
            setattr(backend, name, off)
        with torch.inference_mode(), torch.autocast(device.partition(":")[0], dtype=dtype, enabled=mixed):
            yield
    finally:
        for backend, name, value in previous:
            setattr(backend, name, value)


def _tf32_switches() -> list[tuple[Any, str, Any]]:
    """Backend, attribute and disabling value of each TensorFloat-32 switch."""
    import torch

    backends: Any = torch.backends
    if hasattr(backends.cudnn, "conv"):
        # Since torch 2.9; once a process has set these, the older attributes can no longer be read.
        return [(backends.cuda.matmul, "fp32_precision", "ieee"), (backends.cudnn.conv, "fp32_precision", "ieee")]
    return [(backends.cuda.matmul, "allow_tf32", False), (backends.cudnn, "allow_tf32", False)]


def to_numpy(tensor: Tensor, dtype: str) -> NDArray[Any]:
    """Convert to the stored dtype; values that overflow float16 become infinite, which makes the picture a bad one."""
    # numpy has no bfloat16.
    numbers = tensor.float() if tensor.is_floating_point() else tensor
    with np.errstate(over="ignore"):
        array: NDArray[Any] = numbers.cpu().numpy().astype(dtype)
    return array
