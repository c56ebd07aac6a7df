"""What is known of a source of regions from earlier imports, so that unchanged files are not read again.

A file of JSON lines beside the store, written only at its end. A line that cannot be read is as good as absent:
whatever is not remembered is read again.
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

_MOST_BYTES = 1 << 50  # of a source


@dataclass(frozen=True)
class Item:
    """Where the regions of one picture are.

    Attributes:
        path: the file.
        name: of the file inside its source.
        state: numbers that change when the content does: size and time of change, for a line also its place.
        at: first byte.
        length: in bytes.
    """

    path: Path
    name: str
    state: tuple[int, ...]
    at: int
    length: int

    @property
    def identity(self) -> tuple[str, tuple[int, ...]]:
        """By which its content is remembered."""
        return self.name, self.state

    def read(self) -> bytes:
        """Its bytes."""
        with open_binary(self.path, most=None) as stream:
            stream.seek(self.at)
            return stream.read(self.length)


@dataclass(frozen=True)
class Listing:
    """The pictures of a source or of one of its files.

    Attributes:
        layout: names of a table's columns; empty for arrays that have names of their own.
        items: by image id.
        notes: what a user should know.
    """

    layout: tuple[str, ...]
    items: Mapping[str, Item]
    notes: tuple[str, ...] = ()


def _place(number: object) -> int:
    """A first byte, or a number of bytes."""
    if not isinstance(number, int) or not 0 <= number <= _MOST_BYTES:
        raise ValueError("no place in a file")
    return number


class SourceMemory:
    """Listings of tables, widths of stores and keys of items.

    Args:
        path: the file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[tuple[str, tuple[int, ...]], str] = {}
        self._listings: dict[str, dict[str, Any]] = {}
        self.width: int | None = None
        self.load()

    def load(self) -> None:
        """Read what is there."""
        if not self._path.is_file():
            return
        with open_binary(self._path, error=StoreError, most=None) as stream:
            for line in stream:
                try:
                    self._take(parse_json(line))
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue

    def _take(self, record: dict[str, Any]) -> None:
        if "key" in record:
            self._keys[str(record["name"]), tuple(record["state"])] = str(record["key"])
        elif "width" in record:
            width = int(record["width"])
            self.width = width if width > 0 else None
        else:
            self._listings[str(record["name"])] = record

    def key(self, item: Item) -> str | None:
        """The digest of an item's bytes, if it is known."""
        return self._keys.get(item.identity)

    def listing(self, path: Path, name: str, state: tuple[int, int]) -> Listing | None:
        """The listing of a table, unless it changed since."""
        record = self._listings.get(name)
        if record is None or record.get("state") != list(state):
            return None
        try:
            lines = {str(image): (_place(at), _place(length)) for image, at, length in record["lines"]}
            layout, notes = tuple(map(str, record["layout"])), tuple(map(str, record["notes"]))
        except (ValueError, KeyError, TypeError):
            return None
        if not has_columns(layout):
            return None
        items = {image: Item(path, name, (*state, at, size), at, size) for image, (at, size) in lines.items()}
        return Listing(layout, items, notes)

    def keep_listing(self, name: str, state: tuple[int, int], listing: Listing) -> None:
        """Remember a table's listing."""
        lines = [[image, item.at, item.length] for image, item in listing.items.items()]
        record = {"name": name, "state": state, "layout": listing.layout, "notes": listing.notes, "lines": lines}
        self._append([record])

    def keep_width(self, width: int) -> None:
        """Remember how many numbers the regions of this source have."""
        self.width = width
        self._append([{"width": width}])

    def keep_keys(self, keys: Mapping[Item, str]) -> None:
        """Remember digests."""
        self._keys |= {item.identity: key for item, key in keys.items()}
        self._append({"name": item.name, "state": item.state, "key": key} for item, key in keys.items())

    def _append(self, records: Iterable[Mapping[str, Any]]) -> None:
        if os.path.lexists(self._path) and not self._path.is_file():
            raise StoreError(f"{named(self._path)}: not a file\n  -> delete it; it only saves time")
        text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab+") as stream:
                # What a killed process left torn must not swallow the next line.
                if stream.tell() and (stream.seek(-1, 2), stream.read(1))[1] != b"\n":
                    text = "\n" + text
                stream.write(text.encode())
        except OSError as error:
            raise cannot_write(self._path, error) from error
