"""Index of a feature store: one line per picture. Only offsets are held in memory; JSON data is read on demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, open_binary
from mnerbench.datasets.untrusted.json_text import parse_json

INDEX = "index.jsonl"
ASIDE_SUFFIX = ".damaged"  # of the files of a damaged store that was extracted again
_LIMIT = 1 << 50  # largest offset in a store and largest first dimension of an array


class DamagedStoreError(StoreError):
    """The files of a feature store are inconsistent or of another format; its content can be extracted again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Index entry of one picture.

    Attributes:
        line_offset: first byte of its line in the index.
        line_length: length of the line in bytes.
        offset: first byte of its arrays in `rows.bin`.
        sizes: first dimension of each field's array; () for a bad picture.
        fault: why the picture is bad; None for a good picture.
    """

    line_offset: int
    line_length: int
    offset: int
    sizes: tuple[int, ...]
    fault: str | None


class StoreIndex:
    """Entries by key, read incrementally.

    Args:
        folder: the store's folder; without an index file there are no entries.

    Attributes:
        entries: entries by key.
        read_to: end of the last complete line read; an incomplete line after it was left by a killed process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entries: dict[str, Entry] = {}
        self.read_to = 0

    def read(self) -> list[Entry]:
        """Read the entries added since the last call and return them.

        Raises:
            DamagedStoreError: a line is not an index entry.
            StoreError: the file cannot be read.
        """
        path, new = self._folder / INDEX, []
        if not path.is_file():
            return []
        with open_binary(path, error=StoreError, most=None) as stream:
            stream.seek(self.read_to)
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                new.append(self._add(line))
                self.read_to += len(line)
        return new

    def facts(self, key: str) -> Mapping[str, Any]:
        """JSON data of a picture, read from disk.

        Raises:
            DamagedStoreError: the file changed since it was indexed.
        """
        entry = self.entries[key]
        with open_binary(self._folder / INDEX, error=StoreError, most=None) as stream:
            stream.seek(entry.line_offset)
            row = self._parse(stream.read(entry.line_length), entry.line_offset)
        facts = row.get("facts", {})
        if row.get("key") != key or not isinstance(facts, dict):
            raise self.invalid_line(entry.line_offset)
        return facts

    def invalid_line(self, offset: int) -> DamagedStoreError:
        """The error for an invalid line that begins at byte `offset`."""
        return DamagedStoreError(
            f"{named(self._folder / INDEX)}: byte {offset}: not a line of a feature index\n"
            f"  -> delete the folder {named(self._folder)}; its features will be extracted again"
        )

    def _add(self, line: bytes) -> Entry:
        row = self._parse(line, self.read_to)
        key, offset, sizes, fault = row.get("key"), row.get("at", 0), row.get("sizes", []), row.get("fault")
        numbers = [offset, *sizes] if isinstance(sizes, list) else [None]
        valid = all(type(number) is int and 0 <= number <= _LIMIT for number in numbers)
        if not (valid and isinstance(key, str) and (fault is None or isinstance(fault, str))):
            raise self.invalid_line(self.read_to)
        self.entries[key] = entry = Entry(self.read_to, len(line), offset, tuple(sizes), fault)
        return entry

    def _parse(self, line: bytes, offset: int) -> dict[str, Any]:
        try:
            row = parse_json(line)
        except ValueError as error:
            raise self.invalid_line(offset) from error
        if not isinstance(row, dict):
            raise self.invalid_line(offset)
        return row
