"""The index of a feature store: a line per picture. Only places are held in memory; the rest is read when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, open_binary
from mnerbench.datasets.untrusted.json_text import parse_json

INDEX = "index.jsonl"
_MOST = 1 << 50  # bytes of a store, and rows of an array


class DamagedStoreError(StoreError):
    """A feature store whose files contradict each other or hold something else; what it held can be made anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is held of one picture.

    Attributes:
        line: first byte of its line in the index.
        length: of the line, in bytes.
        at: first byte of its arrays in `rows.bin`.
        sizes: first dimension of each field's array; none of a bad picture.
        fault: why the picture is bad; None when it is good.
    """

    line: int
    length: int
    at: int
    sizes: tuple[int, ...]
    fault: str | None


class StoreIndex:
    """Entries by key, as far as the file was read.

    Args:
        folder: of the store; without an index there are no entries.

    Attributes:
        entries: by key.
        read_to: where the last line that was read ends; a torn one behind it is of a process that was killed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entries: dict[str, Entry] = {}
        self.read_to = 0

    def read(self) -> list[Entry]:
        """Take up what was added since, and return it.

        Raises:
            DamagedStoreError: a line is not of an index.
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
                new.append(self._take(line))
                self.read_to += len(line)
        return new

    def facts(self, key: str) -> Mapping[str, Any]:
        """What was found in a picture besides arrays.

        Raises:
            DamagedStoreError: the file was changed since.
        """
        entry = self.entries[key]
        with open_binary(self._folder / INDEX, error=StoreError, most=None) as stream:
            stream.seek(entry.line)
            row = self._parsed(stream.read(entry.length), entry.line)
        facts = row.get("facts", {})
        if row.get("key") != key or not isinstance(facts, dict):
            raise self.broken(entry.line)
        return facts

    def broken(self, at: int) -> DamagedStoreError:
        """The error for a line, given by its first byte, that no writer of ours wrote."""
        return DamagedStoreError(
            f"{named(self._folder / INDEX)}: byte {at}: not a line of a feature index\n"
            f"  -> delete the folder {named(self._folder)}; its features will be made again"
        )

    def _take(self, line: bytes) -> Entry:
        row = self._parsed(line, self.read_to)
        key, at, sizes, fault = row.get("key"), row.get("at", 0), row.get("sizes", []), row.get("fault")
        numbers = [at, *sizes] if isinstance(sizes, list) else [None]
        whole = all(type(number) is int and 0 <= number <= _MOST for number in numbers)
        if not (whole and isinstance(key, str) and (fault is None or isinstance(fault, str))):
            raise self.broken(self.read_to)
        self.entries[key] = entry = Entry(self.read_to, len(line), at, tuple(sizes), fault)
        return entry

    def _parsed(self, line: bytes, at: int) -> dict[str, Any]:
        try:
            row = parse_json(line)
        except ValueError as error:
            raise self.broken(at) from error
        if not isinstance(row, dict):
            raise self.broken(at)
        return row
