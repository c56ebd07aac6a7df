"""How rows get into a feature store: arrays first, then the line that names them, so that what is named is there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.store.index import INDEX
from mnerbench.datasets.write_errors import cannot_write

if TYPE_CHECKING:
    from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

ROWS = "rows.bin"

_ALIGN = 64


def padded(size: int) -> int:
    """Bytes that an array of `size` bytes takes up: the next one begins at a multiple of 64."""
    return -(-size // _ALIGN) * _ALIGN


class StoreWriter:
    """Appends rows; what a killed process left half-written is cut off first.

    Args:
        store: knows the rows written so far.
        end: length of `rows.bin` up to the last finished row; the file is at least as long.
        index_end: length of `index.jsonl` up to the last finished line.
    """

    def __init__(self, store: FeatureStore, end: int, index_end: int) -> None:
        self._store, self._end = store, end
        self._rows = _open_at(store.folder / ROWS, end)
        self._index = _open_at(store.folder / INDEX, index_end)

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._index.close()

    def write(self, rows: Mapping[str, Row | str]) -> None:
        """Add pictures by key: a row, or the reason why a picture is bad. On disk when this returns.

        A row with a number that is not finite in its field's dtype makes its picture a bad one.

        Raises:
            ValueError: an array has another shape than its field.
        """
        lines: list[dict[str, Any]] = []
        for key, row in rows.items():
            found = row if isinstance(row, str) else self._appended(key, row)
            lines.append({"key": key, **({"fault": found} if isinstance(found, str) else found)})
        self._rows.flush()
        os.fsync(self._rows.fileno())
        for line in lines:
            self._index.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._index.flush()
        os.fsync(self._index.fileno())
        self._store.refresh()

    def _appended(self, key: str, row: Row) -> dict[str, Any] | str:
        """What the index says of a row that was written; or why it cannot be."""
        arrays = _checked(self._store.fields, key, row)
        if isinstance(arrays, str):
            return arrays
        line = {"at": self._end, "sizes": [array.shape[0] for array in arrays], "facts": dict(row.facts)}
        for array in arrays:
            data = array.tobytes()
            self._rows.write(data + bytes(padded(len(data)) - len(data)))
            self._end += padded(len(data))
        return line


def _checked(fields: tuple[Field, ...], key: str, row: Row) -> list[NDArray[Any]] | str:
    """The arrays as they are stored, in the order of the fields; or why they cannot be."""
    arrays = []
    for own in fields:
        array = np.ascontiguousarray(row.arrays[own.name], dtype=own.dtype)
        if array.shape[1:] != own.shape[1:] or (own.shape[0] not in (-1, array.shape[0])):
            raise ValueError(f"{own.name} of {key[:12]} has shape {array.shape}, expected {own.shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            remedy = "; dtype=float32 can hold more" if own.dtype == "float16" else ""
            return f"{own.name} hold numbers that are not finite in {own.dtype}{remedy}"
        arrays.append(array)
    return arrays


def _open_at(path: Path, end: int) -> Any:
    there = os.path.lexists(path)
    if there and not path.is_file():  # also a link that leads nowhere
        remedy = f"delete the folder {named(path.parent)}; its features will be made again"
        raise StoreError(f"{named(path)}: not a file\n  -> {remedy}")
    try:
        stream = path.open("r+b" if there else "w+b")
    except OSError as error:
        raise cannot_write(path, error) from error
    stream.truncate(end)
    stream.seek(end)
    return stream
