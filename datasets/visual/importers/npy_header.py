"""What an array of numpy's format announces, read before anything is made room for. Nothing is ever unpickled."""

from __future__ import annotations

import math
from tokenize import TokenError
from typing import IO, Any, NamedTuple

import numpy as np

from mnerbench.datasets.untrusted.zip_files import ZIP_FAULTS

# The readers of zip files and of array headers raise all of these on broken files.
BROKEN = (*ZIP_FAULTS, KeyError, TypeError, SyntaxError, TokenError)
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class NpyHeader(NamedTuple):
    """Shape, layout and type of an array, and the bytes that its content takes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(stream: IO[bytes]) -> NpyHeader | None:
    """The header at which a stream stands; None for a version of the format that holds structures, not numbers.

    Raises:
        ValueError: it is no array (and whatever else is in `BROKEN`).
    """
    reader = _READERS.get(np.lib.format.read_magic(stream))
    return NpyHeader(*reader(stream)) if reader is not None else None
