"""Headers of numpy arrays, read before memory is allocated. Nothing is ever unpickled."""

from __future__ import annotations

import math
from tokenize import TokenError
from typing import IO, Any, NamedTuple

import numpy as np

from mnerbench.datasets.untrusted.zip_files import ZIP_FAULTS

# Exceptions that the readers of zip files and array headers raise on broken files.
BROKEN = (*ZIP_FAULTS, KeyError, TypeError, SyntaxError, TokenError)
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class NpyHeader(NamedTuple):
    """Shape, memory order and dtype of an array."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Size of the array data in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(stream: IO[bytes]) -> NpyHeader | None:
    """Read the header at the current position; None for a format version used only by structured arrays.

    Raises:
        ValueError: the data is not an array (or another exception of `BROKEN`).
    """
    reader = _READERS.get(np.lib.format.read_magic(stream))
    return NpyHeader(*reader(stream)) if reader is not None else None
