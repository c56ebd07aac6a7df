"""What every network that looks at pictures does alike: how it computes, and what it does with very long pictures."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
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


def mixed_precision(device: str, dtype: str) -> AbstractContextManager[Any]:
    """How encoders compute: on a GPU in float16 where float16 is stored anyway, otherwise in float32.

    Products are still summed in float32 then, so that the error is about that of storing. Not for detectors, whose
    thresholds and suppression turn a small error into another set of boxes.
    """
    import torch

    if dtype == "float16" and device.startswith("cuda"):
        return torch.autocast("cuda", dtype=torch.float16)
    return nullcontext()


def to_numpy(tensor: Tensor, dtype: str) -> NDArray[Any]:
    """Numbers as they are stored; what float16 cannot hold becomes infinite, which the store refuses."""
    with np.errstate(over="ignore"):
        array: NDArray[Any] = tensor.cpu().numpy().astype(dtype)
    return array
