"""Append rows to a feature store: arrays first, then their index line, so that every indexed row is complete."""

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
    """Size of an array of `size` bytes including padding to a multiple of 64."""
    return -(-size // _ALIGN) * _ALIGN


class StoreWriter:
    """Appends rows, after truncating what a killed process left incomplete.

    Args:
        store: the store, which has read the existing rows.
        end: length of `rows.bin` up to the last complete row; the file is at least as long.
        index_end: length of `index.jsonl` up to the last complete line.
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
        """Append pictures by key: a row, or the reason why a picture is bad. Synced to disk on return.

        A row with values that are not finite in the field's dtype is stored as a bad picture.

        Raises:
            ValueError: the shape of an array differs from that of its field.
        """
        lines: list[dict[str, Any]] = []
        for key, row in rows.items():
            entry = row if isinstance(row, str) else self._append(key, row)
            lines.append({"key": key, **({"fault": entry} if isinstance(entry, str) else entry)})
        self._rows.flush()
        os.fsync(self._rows.fileno())
        for line in lines:
            self._index.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._index.flush()
        os.fsync(self._index.fileno())
        self._store.refresh()

    def _append(self, key: str, row: Row) -> dict[str, Any] | str:
        """Write a row's arrays and return its index entry, or the reason why the picture is bad."""
        arrays = _to_stored(self._store.fields, key, row)
        if isinstance(arrays, str):
            return arrays
        line = {"at": self._end, "sizes": [array.shape[0] for array in arrays], "facts": dict(row.facts)}
        for array in arrays:
            data = array.tobytes()
            self._rows.write(data + bytes(padded(len(data)) - len(data)))
            self._end += padded(len(data))
        return line


def _to_stored(fields: tuple[Field, ...], key: str, row: Row) -> list[NDArray[Any]] | str:
    """The arrays in stored form, in the order of the fields, or the reason why they cannot be stored."""
    arrays = []
    for field in fields:
        array = np.ascontiguousarray(row.arrays[field.name], dtype=field.dtype)
        if array.shape[1:] != field.shape[1:] or (field.shape[0] not in (-1, array.shape[0])):
            raise ValueError(f"{field.name} of {key[:12]} has shape {array.shape}, expected {field.shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            remedy = "; dtype=float32 can hold more" if field.dtype == "float16" else ""
            return f"{field.name} hold numbers that are not finite in {field.dtype}{remedy}"
        arrays.append(array)
    return arrays


def _open_at(path: Path, end: int) -> Any:
    exists = os.path.lexists(path)
    if exists and not path.is_file():  # including a dangling link
        remedy = f"delete the folder {named(path.parent)}; its features will be extracted again"
        raise StoreError(f"{named(path)}: not a file\n  -> {remedy}")
    try:
        stream = path.open("r+b" if exists else "w+b")
    except OSError as error:
        raise cannot_write(path, error) from error
    stream.truncate(end)
    stream.seek(end)
    return stream
