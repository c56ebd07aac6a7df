"""What extractors found in pictures, on disk: one folder per extractor, arrays memory-mapped, keyed by content.

`index.jsonl` has a line per picture: its key, where its arrays begin in `rows.bin`, what else was found, or why the
picture is bad. A line is written after its arrays are on disk, so what the index names is there; a torn last line
belongs to a process that was killed and is cut off by the next writer. One process writes at a time. In memory are
only places: a worker's memory must grow neither with what was found nor with how often it is asked.
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
from mnerbench.datasets.untrusted.files import named, open_binary, read_bytes
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.store.index import DamagedStoreError, StoreIndex
from mnerbench.datasets.visual.store.writer import ROWS, StoreWriter, padded

ABOUT = "about.json"
_MOST_NUMBERS = 1 << 32  # in one dimension of an array
# After so many bytes mapped, the pages are handed back.
_KEEP_MAPPED = 64 << 20
# What the kernel maps around the first byte that is read, aligned: small rows far apart cost this much each.
_WINDOW = 64 << 10


@dataclass(frozen=True)
class Field:
    """One array that an extractor gives per picture.

    Attributes:
        name: `grid`, `boxes`, ...
        shape: of one picture's array; -1 as first number where it differs from picture to picture.
        dtype: of its numbers on disk.

    Raises:
        ValueError: no array can have this shape or these numbers.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    def __post_init__(self) -> None:
        # A store's description may be damaged: said where it is read, not where its numbers are used.
        sizes = all(type(size) is int and size >= (-1 if place == 0 else 0) for place, size in enumerate(self.shape))
        if not isinstance(self.name, str) or not sizes or not self.shape:
            raise ValueError(f"no array {self.name!r} of shape {self.shape}")
        if not isinstance(self.dtype, str) or np.dtype(self.dtype).kind not in "fiub":
            raise ValueError(f"{self.name} of {self.dtype!r}, which is no type of numbers")


@dataclass(frozen=True)
class Row:
    """What was found in one picture: arrays by field name, and facts as JSON (texts, names)."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


class FeatureStore:
    """One extractor's rows.

    Args:
        folder: the extractor's own.
        fields: arrays per picture; needed by who writes, a reader finds them in the folder.

    Raises:
        DamagedStoreError: the folder holds something else, or not all that its index names.
        StoreError: it cannot be read.
    """

    def __init__(self, folder: Path, fields: Iterable[Field] | None = None) -> None:
        self.folder = folder
        self.fields = tuple(fields) if fields is not None else _stored_fields(folder)
        self._index = StoreIndex(folder)
        # Where the last row that the index names ends.
        self._end = 0
        self._map: mmap.mmap | None = None
        self._touched = 0
        self.refresh()

    def __reduce__(self) -> tuple[object, ...]:
        # Maps do not travel to other processes; the files do.
        return FeatureStore, (self.folder, self.fields)

    def __contains__(self, key: str) -> bool:
        return key in self._index.entries

    def __len__(self) -> int:
        return len(self._index.entries)

    def fault(self, key: str) -> str | None:
        """Why a picture is bad; None when it is good."""
        return self._index.entries[key].fault

    def facts(self, key: str) -> Mapping[str, Any]:
        """What was found in a picture besides arrays, read from disk.

        Raises:
            DamagedStoreError: the index was changed since.
        """
        return self._index.facts(key)

    def sizes(self, key: str) -> tuple[int, ...]:
        """First dimension of each field's array."""
        return self._index.entries[key].sizes

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a good picture, to be read at once: a view of the file, which cannot be changed."""
        entry = self._index.entries[key]
        at = entry.at
        for own, rows in zip(self.fields, entry.sizes, strict=True):
            shape = (rows, *own.shape[1:])
            count, dtype = prod(shape), np.dtype(own.dtype)
            size = count * dtype.itemsize
            if own.name == name and not size:
                return np.zeros(shape, dtype)  # an empty array at the end of the file has no byte to map
            if own.name == name:
                return np.frombuffer(self._mapped(at, size), dtype, count, at).reshape(shape)
            at += padded(size)
        raise KeyError(name)

    def _mapped(self, at: int, size: int) -> mmap.mmap:
        if self._map is None or len(self._map) < at + size:
            with open_binary(self.folder / ROWS, error=StoreError, most=None) as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._touched += ((at + size - 1) // _WINDOW - at // _WINDOW + 1) * _WINDOW
        if self._touched > _KEEP_MAPPED and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0
        return self._map

    def refresh(self) -> None:
        """Read what another process has added since.

        Raises:
            StoreError: as when the store is opened.
        """
        new = self._index.read()
        if new and not self.fields:
            # The store was opened while it was still empty.
            self.fields = _stored_fields(self.folder)
        for entry in new:
            try:
                self._end = max(self._end, entry.at + (self._length(entry.sizes) if entry.fault is None else 0))
            except ValueError as error:
                raise self._index.broken(entry.line) from error
        rows = self.folder / ROWS
        there = rows.stat().st_size if rows.is_file() else 0
        if there < self._end:
            raise DamagedStoreError(
                f"{named(rows)}: {there:,} bytes, but its index names {self._end:,}: "
                "it was cut off, or not copied whole\n"
                f"  -> delete the folder {named(self.folder)}; its features will be made again"
            )

    def _length(self, sizes: tuple[int, ...]) -> int:
        pairs = zip(self.fields, sizes, strict=True)
        return sum(padded(prod((n, *own.shape[1:])) * np.dtype(own.dtype).itemsize) for own, n in pairs)

    @contextmanager
    def writing(self, about: Mapping[str, Any]) -> Iterator[StoreWriter]:
        """Hold the store for writing; waits while another process does, then knows what that one wrote.

        Args:
            about: what the extractor is, kept for people beside the fields.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            self.refresh()
            if not (self.folder / ABOUT).is_file():
                content = {"source": about, "fields": [asdict(own) for own in self.fields]}
                write_atomically(self.folder / ABOUT, json.dumps(content, indent=1, sort_keys=True) + "\n")
            with StoreWriter(self, self._end, self._index.read_to) as writer:
                yield writer


def _stored_fields(folder: Path) -> tuple[Field, ...]:
    path = folder / ABOUT
    if not path.is_file():
        return ()
    content = read_bytes(path, error=StoreError)
    try:
        return tuple(_field(row) for row in parse_json(content)["fields"])
    except (ValueError, KeyError, TypeError) as error:
        what = f"{named(path)}: not the description of a feature store"
        raise DamagedStoreError(f"{what}\n  -> delete the folder {named(folder)}; it will be made again") from error


def _field(row: Any) -> Field:
    """A field as it is described.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    first, *rest = shape = row["shape"]
    numbers = all(type(size) is int and 0 <= size <= _MOST_NUMBERS for size in (max(first, 0), *rest)) and first >= -1
    if not (numbers and isinstance(row["name"], str) and np.dtype(row["dtype"]).kind in "fiub"):
        raise ValueError("no field")
    return Field(row["name"], tuple(shape), row["dtype"])
