"""Feature store: an append-only folder of extracted arrays, memory-mapped for reading, keyed by picture content.

`index.jsonl` has a line per picture: its key, the offset of its arrays in `rows.bin` and further JSON data, or why the
picture is bad. A line is written after its arrays are on disk, so every indexed row is complete; an incomplete last
line was left by a killed process and is truncated by the next writer. One process writes at a time. Only offsets are
held in memory, so that a worker's memory grows neither with the stored data nor with the number of reads.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from mnerbench.datasets.atomic_files import write_atomically
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, open_binary, read_bytes, why_unreadable
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.store.index import ASIDE_SUFFIX, INDEX, DamagedStoreError, StoreIndex
from mnerbench.datasets.visual.store.writer import ROWS, StoreWriter, padded

ABOUT = "about.json"
_DIMENSION_LIMIT = 1 << 32
# Release mapped pages after reading this many bytes.
_MAPPED_LIMIT = 64 << 20
# The kernel maps an aligned window of this size around a page fault, so small scattered rows cost this much each.
_WINDOW = 64 << 10


@dataclass(frozen=True)
class Field:
    """One array stored per picture.

    Attributes:
        name: `grid`, `boxes`, ...
        shape: shape per picture; -1 as first dimension if it varies between pictures.
        dtype: data type on disk.

    Raises:
        ValueError: the name, shape or dtype is invalid.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    def __post_init__(self) -> None:
        # Detect a damaged description when it is read, not when the field is used.
        valid = all(type(size) is int and size >= (-1 if axis == 0 else 0) for axis, size in enumerate(self.shape))
        if not isinstance(self.name, str) or not valid or not self.shape:
            raise ValueError(f"no array {self.name!r} of shape {self.shape}")
        if not isinstance(self.dtype, str) or np.dtype(self.dtype).kind not in "fiub":
            raise ValueError(f"{self.name} of {self.dtype!r}, which is not a numeric type")


@dataclass(frozen=True)
class Row:
    """Extraction result of one picture: arrays by field name, and further JSON data (`facts`: texts, names)."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class FeatureStore:
    """Rows of one extractor.

    Args:
        folder: the store's folder.
        fields: arrays per picture; required for writing, otherwise read from the folder.

    Raises:
        DamagedStoreError: the folder is not a feature store, or lacks rows that its index lists.
        StoreError: the folder cannot be read.
    """

    def __init__(self, folder: Path, fields: Iterable[Field] | None = None) -> None:
        self.folder = folder
        self.fields = tuple(fields) if fields is not None else _stored_fields(folder)
        self._index = StoreIndex(folder)
        # End of the last indexed row.
        self._end = 0
        self._map: mmap.mmap | None = None
        self._touched = 0
        self.refresh()

    def __reduce__(self) -> tuple[object, ...]:
        # Memory maps cannot be pickled; another process opens the files.
        return FeatureStore, (self.folder, self.fields)

    def __contains__(self, key: str) -> bool:
        return key in self._index.entries

    def __len__(self) -> int:
        return len(self._index.entries)

    def fault(self, key: str) -> str | None:
        """Why a picture is bad; None for a good picture."""
        return self._index.entries[key].fault

    def facts(self, key: str) -> Mapping[str, Any]:
        """JSON data of a picture, read from disk.

        Raises:
            DamagedStoreError: the index changed since it was read.
        """
        return self._index.facts(key)

    def sizes(self, key: str) -> tuple[int, ...]:
        """First dimension of each field's array."""
        return self._index.entries[key].sizes

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a good picture: a read-only view of the file, to be used at once."""
        entry = self._index.entries[key]
        offset = entry.offset
        for stored, rows in zip(self.fields, entry.sizes, strict=True):
            shape = (rows, *stored.shape[1:])
            count, dtype = prod(shape), np.dtype(stored.dtype)
            size = count * dtype.itemsize
            if stored.name == name and not size:
                return np.zeros(shape, dtype)  # an empty array at the end of the file has no byte to map
            if stored.name == name:
                return np.frombuffer(self._mapped(offset, size), dtype, count, offset).reshape(shape)
            offset += padded(size)
        raise KeyError(name)

    def _mapped(self, offset: int, size: int) -> mmap.mmap:
        """The memory map of `rows.bin`, extended to cover a range of bytes."""
        if self._map is None or len(self._map) < offset + size:
            with open_binary(self.folder / ROWS, error=StoreError, most=None) as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._touched += ((offset + size - 1) // _WINDOW - offset // _WINDOW + 1) * _WINDOW
        if self._touched > _MAPPED_LIMIT and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0
        return self._map

    def refresh(self) -> None:
        """Read rows that another process has added.

        Raises:
            StoreError: as in the constructor.
        """
        new = self._index.read()
        if new and not self.fields:
            # The store was empty when it was opened.
            self.fields = _stored_fields(self.folder)
        for entry in new:
            try:
                self._end = max(self._end, entry.offset + (self._length(entry.sizes) if entry.fault is None else 0))
            except ValueError as error:
                raise self._index.invalid_line(entry.line_offset) from error
        rows = self.folder / ROWS
        size = rows.stat().st_size if rows.is_file() else 0
        if size < self._end:
            raise DamagedStoreError(
                f"{named(rows)}: {size:,} bytes, but its index needs {self._end:,}: cut off or only partly copied"
                f"\n  -> delete the folder {named(self.folder)}; its features will be extracted again"
            )

    def _length(self, sizes: tuple[int, ...]) -> int:
        """Bytes of a row in `rows.bin`."""
        pairs = zip(self.fields, sizes, strict=True)
        return sum(padded(prod((n, *stored.shape[1:])) * np.dtype(stored.dtype).itemsize) for stored, n in pairs)

    @contextmanager
    def writing(self, about: Mapping[str, Any]) -> Iterator[StoreWriter]:
        """Lock the store for writing; waits for another writer, then reads what that one added.

        Args:
            about: human-readable description of the extractor, stored with the fields.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            self.refresh()
            if not (self.folder / ABOUT).is_file():
                content = {"source": about, "fields": [asdict(stored) for stored in self.fields]}
                write_atomically(self.folder / ABOUT, json.dumps(content, indent=1, sort_keys=True) + "\n")
            with StoreWriter(self, self._end, self._index.read_to) as writer:
                yield writer


def set_aside(folder: Path) -> None:
    """Rename the files of a damaged store; leave a store alone that another process has repaired in the meantime.

    Args:
        folder: the store's folder.

    Raises:
        StoreError: the files cannot be renamed.
    """
    try:
        with FileLock(folder / ".lock"):
            try:
                FeatureStore(folder)
            except DamagedStoreError:
                for name in (INDEX, ABOUT, ROWS):  # the index first: without it a store is empty
                    if (folder / name).exists():
                        (folder / name).replace(folder / f"{name}{ASIDE_SUFFIX}")
    except OSError as error:
        raise StoreError(f"{named(folder)}: {why_unreadable(error)}") from error


def _stored_fields(folder: Path) -> tuple[Field, ...]:
    path = folder / ABOUT
    if not path.is_file():
        return ()
    content = read_bytes(path, error=StoreError)
    try:
        return tuple(_parse_field(row) for row in parse_json(content)["fields"])
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{named(path)}: not the description of a feature store"
        remedy = f"delete the folder {named(folder)}; it will be created again"
        raise DamagedStoreError(f"{reason}\n  -> {remedy}") from error


def _parse_field(row: Any) -> Field:
    """Parse the description of a field.

    Raises:
        ValueError, KeyError, TypeError: the description is invalid.
    """
    first, *rest = shape = row["shape"]
    valid = all(type(size) is int and 0 <= size <= _DIMENSION_LIMIT for size in (max(first, 0), *rest)) and first >= -1
    if not (valid and isinstance(row["name"], str) and np.dtype(row["dtype"]).kind in "fiub"):
        raise ValueError("not a field")
    return Field(row["name"], tuple(shape), row["dtype"])
