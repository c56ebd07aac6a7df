"""What extractors found in pictures, on disk: one folder per extractor, arrays memory-mapped, keyed by content.

`index.jsonl` has a line per picture: its key, where its arrays begin in `rows.bin`, what else was found, or why the
picture is bad. A line is written after its arrays are on disk, so what the index names is there; a torn last line
belongs to a process that was killed and is cut off by the next writer. One process writes at a time.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from mnerbench.datasets.errors import StoreError

_ALIGN = 64
_ABOUT = "about.json"
# After so many bytes read, the pages of the map are handed back: a worker's memory must not grow with the corpus.
_KEEP_MAPPED = 64 << 20


@dataclass(frozen=True)
class Field:
    """One array that an extractor gives per picture.

    Attributes:
        name: `grid`, `boxes`, ...
        shape: of one picture's array; -1 as first number where it differs from picture to picture.
        dtype: of its numbers on disk.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Row:
    """What was found in one picture: arrays by field name, and facts as JSON (texts, names)."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    at: int
    sizes: tuple[int, ...]
    facts: Mapping[str, Any]
    fault: str | None


class FeatureStore:
    """One extractor's rows.

    Args:
        folder: the extractor's own.
        fields: arrays per picture; needed by who writes, a reader finds them in the folder.

    Raises:
        StoreError: the folder holds something else.
    """

    def __init__(self, folder: Path, fields: Iterable[Field] | None = None) -> None:
        self.folder = folder
        self.fields = tuple(fields) if fields is not None else _stored_fields(folder)
        self._entries: dict[str, _Entry] = {}
        self._read_to = 0
        self._map: mmap.mmap | None = None
        self._touched = 0
        self.refresh()

    def __reduce__(self) -> tuple[object, ...]:
        # Maps do not travel to other processes; the files do.
        return FeatureStore, (self.folder, self.fields)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def fault(self, key: str) -> str | None:
        """Why a picture is bad; None when it is good."""
        return self._entries[key].fault

    def facts(self, key: str) -> Mapping[str, Any]:
        """What was found in a picture besides arrays."""
        return self._entries[key].facts

    def sizes(self, key: str) -> tuple[int, ...]:
        """First dimension of each field's array."""
        return self._entries[key].sizes

    def array(self, key: str, name: str) -> NDArray[Any]:
        """One array of a good picture, as a copy."""
        entry = self._entries[key]
        at = entry.at
        for own, rows in zip(self.fields, entry.sizes, strict=True):
            shape = (rows, *own.shape[1:])
            count, dtype = int(np.prod(shape)), np.dtype(own.dtype)
            size = count * dtype.itemsize
            if own.name == name and not size:
                return np.zeros(shape, dtype)  # an empty array at the end of the file has no byte to map
            if own.name == name:
                return np.frombuffer(self._mapped(at, size), dtype, count, at).reshape(shape).copy()
            at += _padded(size)
        raise KeyError(name)

    def _mapped(self, at: int, size: int) -> mmap.mmap:
        if self._map is None or len(self._map) < at + size:
            with (self.folder / "rows.bin").open("rb") as stream:
                self._map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._touched += size
        if self._touched > _KEEP_MAPPED and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0
        return self._map

    def refresh(self) -> None:
        """Read what another process has added since."""
        path = self.folder / "index.jsonl"
        if not path.is_file():
            return
        with path.open("rb") as stream:
            stream.seek(self._read_to)
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                self._take(path, line)
                self._read_to += len(line)

    def _take(self, path: Path, line: bytes) -> None:
        try:
            row = json.loads(line)
            entry = _Entry(row.get("at", 0), tuple(row.get("sizes", ())), row.get("facts", {}), row.get("fault"))
            self._entries[row["key"]] = entry
        except (ValueError, KeyError, AttributeError) as error:
            raise StoreError(
                f"{path}: byte {self._read_to}: not a line of a feature index\n"
                f"  -> delete the folder {self.folder}; its features will be made again"
            ) from error

    @contextmanager
    def writing(self, about: Mapping[str, Any]) -> Iterator[StoreWriter]:
        """Hold the store for writing; waits while another process does, then knows what that one wrote.

        Args:
            about: what the extractor is, kept for people beside the fields.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            self.refresh()
            if not (self.folder / _ABOUT).is_file():
                content = {"source": about, "fields": [asdict(own) for own in self.fields]}
                partial = self.folder / f"{_ABOUT}.part"
                partial.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
                partial.replace(self.folder / _ABOUT)
            with StoreWriter(self, self._end(), self._read_to) as writer:
                yield writer

    def _end(self) -> int:
        """Where the last finished row ends."""
        return max((entry.at + self._length(entry) for entry in self._entries.values()), default=0)

    def _length(self, entry: _Entry) -> int:
        if entry.fault is not None:
            return 0
        pairs = zip(self.fields, entry.sizes, strict=True)
        return sum(_padded(int(np.prod((n, *own.shape[1:]))) * np.dtype(own.dtype).itemsize) for own, n in pairs)


def _stored_fields(folder: Path) -> tuple[Field, ...]:
    path = folder / _ABOUT
    if not path.is_file():
        return ()
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["fields"]
        return tuple(Field(row["name"], tuple(row["shape"]), row["dtype"]) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path}: not the description of a feature store\n  -> delete the folder {folder}; it will be made again"
        ) from error


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


class StoreWriter:
    """Appends rows; what a killed process left half-written is cut off first.

    Args:
        store: knows the rows written so far.
        end: length of `rows.bin` up to the last finished row.
        index_end: length of `index.jsonl` up to the last finished line.
    """

    def __init__(self, store: FeatureStore, end: int, index_end: int) -> None:
        self._store, self._end = store, end
        self._rows = _open_at(store.folder / "rows.bin", end)
        self._index = _open_at(store.folder / "index.jsonl", index_end)

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()
        self._index.close()

    def write(self, rows: Mapping[str, Row | str]) -> None:
        """Add pictures by key: a row, or the reason why a picture is bad. On disk when this returns."""
        lines: list[dict[str, Any]] = []
        for key, row in rows.items():
            if isinstance(row, str):
                lines.append({"key": key, "fault": row})
                continue
            lines.append({"key": key, "at": self._end, "sizes": self._append(key, row), "facts": dict(row.facts)})
        self._rows.flush()
        os.fsync(self._rows.fileno())
        for line in lines:
            self._index.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._index.flush()
        os.fsync(self._index.fileno())
        self._store.refresh()

    def _append(self, key: str, row: Row) -> list[int]:
        sizes = []
        for own in self._store.fields:
            array = np.ascontiguousarray(row.arrays[own.name], dtype=own.dtype)
            if array.shape[1:] != own.shape[1:] or (own.shape[0] not in (-1, array.shape[0])):
                raise ValueError(f"{own.name} of {key[:12]} has shape {array.shape}, expected {own.shape}")
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise StoreError(
                    f"{own.name} of a picture ({key[:12]}) is not finite in {own.dtype}\n"
                    "  -> use dtype=float32, or weights that were trained"
                )
            data = array.tobytes()
            self._rows.write(data + bytes(_padded(len(data)) - len(data)))
            self._end += _padded(len(data))
            sizes.append(array.shape[0])
        return sizes


def _open_at(path: Path, end: int) -> Any:
    stream = path.open("r+b" if path.exists() else "w+b")
    stream.truncate(end)
    stream.seek(end)
    return stream
