"""Cache of earlier imports of a source of regions, so that unchanged files are not read again.

An append-only file of JSON lines next to the store. Invalid lines are ignored: whatever is not cached is read again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, open_binary
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.visual.importers.region_rows import has_columns
from mnerbench.datasets.write_errors import cannot_write

_LARGEST_FILE = 1 << 50  # bytes


@dataclass(frozen=True)
class Item:
    """Location of the regions of one picture.

    Attributes:
        path: the file.
        name: name of the file within its source.
        state: numbers that change with the content: file size and modification time, for a line also its position.
        offset: first byte.
        length: number of bytes.
    """

    path: Path
    name: str
    state: tuple[int, ...]
    offset: int
    length: int

    @property
    def identity(self) -> tuple[str, tuple[int, ...]]:
        """Key of its content in the cache."""
        return self.name, self.state

    def read(self) -> bytes:
        """Read its bytes."""
        with open_binary(self.path, most=None) as stream:
            stream.seek(self.offset)
            return stream.read(self.length)


@dataclass(frozen=True)
class Listing:
    """The pictures of a source or of one of its files.

    Attributes:
        layout: column names of a table; () for `.npz` files, whose arrays are named.
        items: items by image id.
        notes: warnings for the user.
    """

    layout: tuple[str, ...]
    items: Mapping[str, Item]
    notes: tuple[str, ...] = ()


def _checked_offset(number: object) -> int:
    """Validate an offset or length in bytes."""
    if not isinstance(number, int) or not 0 <= number <= _LARGEST_FILE:
        raise ValueError("not an offset in a file")
    return number


class SourceMemory:
    """Cached listings of tables, feature width and keys of items.

    Args:
        path: the cache file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[tuple[str, tuple[int, ...]], str] = {}
        self._listings: dict[str, dict[str, Any]] = {}
        self.width: int | None = None
        self.load()

    def load(self) -> None:
        """Read the cache file if it exists."""
        if not self._path.is_file():
            return
        with open_binary(self._path, error=StoreError, most=None) as stream:
            for line in stream:
                try:
                    self._add(parse_json(line))
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue

    def _add(self, record: dict[str, Any]) -> None:
        if "key" in record:
            self._keys[str(record["name"]), tuple(record["state"])] = str(record["key"])
        elif "width" in record:
            width = int(record["width"])
            self.width = width if width > 0 else None
        else:
            self._listings[str(record["name"])] = record

    def key(self, item: Item) -> str | None:
        """The cached digest of an item's bytes."""
        return self._keys.get(item.identity)

    def listing(self, path: Path, name: str, state: tuple[int, int]) -> Listing | None:
        """The cached listing of a table; None if the table has changed."""
        record = self._listings.get(name)
        if record is None or record.get("state") != list(state):
            return None
        try:
            lines = {str(image): (_checked_offset(at), _checked_offset(size)) for image, at, size in record["lines"]}
            layout, notes = tuple(map(str, record["layout"])), tuple(map(str, record["notes"]))
        except (ValueError, KeyError, TypeError):
            return None
        if not has_columns(layout):
            return None
        items = {image: Item(path, name, (*state, at, size), at, size) for image, (at, size) in lines.items()}
        return Listing(layout, items, notes)

    def save_listing(self, name: str, state: tuple[int, int], listing: Listing) -> None:
        """Cache the listing of a table."""
        lines = [[image, item.offset, item.length] for image, item in listing.items.items()]
        record = {"name": name, "state": state, "layout": listing.layout, "notes": listing.notes, "lines": lines}
        self._append([record])

    def save_width(self, width: int) -> None:
        """Cache the feature width of this source."""
        self.width = width
        self._append([{"width": width}])

    def save_keys(self, keys: Mapping[Item, str]) -> None:
        """Cache the digests of items."""
        self._keys |= {item.identity: key for item, key in keys.items()}
        self._append({"name": item.name, "state": item.state, "key": key} for item, key in keys.items())

    def _append(self, records: Iterable[Mapping[str, Any]]) -> None:
        if os.path.lexists(self._path) and not self._path.is_file():
            raise StoreError(f"{named(self._path)}: not a file\n  -> delete it; it is only a cache")
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as stream:
                # A killed process may have left an incomplete line.
                if stream.tell() and (stream.seek(-1, 2), stream.read(1))[1] != b"\n":
                    text = "\n" + text
                stream.write(text.encode())
        except OSError as error:
            raise cannot_write(self._path, error) from error
