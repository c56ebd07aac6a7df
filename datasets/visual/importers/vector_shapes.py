"""Conversion of common shapes of picture vectors to the shape that methods read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.inputs import InputKind

FORMS = {
    InputKind.GLOBAL: "save [width] per picture",
    InputKind.GRID: "save [cells, width] per picture (49 x 2048), or [7, 7, width], or [width, 7, 7]",
}


def to_vectors(kind: InputKind, array: NDArray[Any]) -> NDArray[Any]:
    """Convert the vectors of one picture to [width] (`global`) or [cells, width] in row-major order (`grid`).

    Leading dimensions of size 1 (a batch of one picture) and trailing ones of a global vector are dropped.

    Args:
        kind: `global` or `grid`.
        array: `grid` as [cells, width], [side, side, width] or [width, side, side].

    Raises:
        ValueError: the shape is invalid or ambiguous.
    """
    shape = array.shape
    while array.ndim > (1 if kind is InputKind.GLOBAL else 2) and array.shape[0] == 1:
        array = array[0]
    if kind is InputKind.GLOBAL:
        flat = array.reshape(-1) if array.ndim and math.prod(array.shape[1:]) == 1 else array
        if flat.ndim != 1 or not flat.size:
            raise ValueError(f"has shape {_text(shape)}, which is not one vector")
        return flat
    cells_first = _raster(array) if array.ndim == 3 else array
    if cells_first is None:
        raise ValueError(f"has shape {_text(shape)}, in which rows, columns and width cannot be told apart")
    if cells_first.ndim != 2 or not cells_first.size:
        raise ValueError(f"has shape {_text(shape)}, which is not one vector per cell")
    cells, width = cells_first.shape
    if cells > width and _is_square(width) and not _is_square(cells):
        raise ValueError(f"has shape {_text(shape)}, which looks like width x cells: transpose it")
    return cells_first


def _raster(array: NDArray[Any]) -> NDArray[Any] | None:
    """Flatten a square raster to [cells, width]; None if the shape is ambiguous."""
    first, second, third = array.shape
    if first == second != third:
        return array.reshape(first * second, third)
    if second == third != first:
        return np.ascontiguousarray(array.reshape(first, second * third).T)
    return None


def _is_square(number: int) -> bool:
    return math.isqrt(number) ** 2 == number


def _text(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, shape))}]"
