"""The index of a feature store: a line per picture. Only places are held in memory; the rest is read when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import StoreError

INDEX = "index.jsonl"


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
            StoreError: a line is not of an index.
        """
        path, new = self._folder / INDEX, []
        if not path.is_file():
            return []
        with path.open("rb") as stream:
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
            StoreError: the file was changed since.
        """
        entry = self.entries[key]
        with (self._folder / INDEX).open("rb") as stream:
            stream.seek(entry.line)
            row = self._parsed(stream.read(entry.length), entry.line)
        if row.get("key") != key:
            raise self.broken(entry.line)
        facts: Mapping[str, Any] = row.get("facts", {})
        return facts

    def broken(self, at: int) -> StoreError:
        """The error for a line, given by its first byte, that no writer of ours wrote."""
        return StoreError(
            f"{self._folder / INDEX}: byte {at}: not a line of a feature index\n"
            f"  -> delete the folder {self._folder}; its features will be made again"
        )

    def _take(self, line: bytes) -> Entry:
        row = self._parsed(line, self.read_to)
        try:
            sizes = tuple(int(size) for size in row.get("sizes", ()))
            entry = Entry(self.read_to, len(line), int(row.get("at", 0)), sizes, row.get("fault"))
            self.entries[row["key"]] = entry
        except (ValueError, KeyError, TypeError) as error:
            raise self.broken(self.read_to) from error
        return entry

    def _parsed(self, line: bytes, at: int) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError as error:
            raise self.broken(at) from error
        if not isinstance(row, dict):
            raise self.broken(at)
        return row
