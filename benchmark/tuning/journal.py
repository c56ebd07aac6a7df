"""The journal file of a search: one Optuna operation per line, as JSON.

Optuna's own file storage breaks permanently after a truncated line: if a process is killed or the disk fills up during
a write, the next write is appended to the partial line, which makes both unreadable.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from mnerbench.benchmark.results.lock_files import locked
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, require_inside, why_unreadable
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.write_errors import cannot_write

log = logging.getLogger(__name__)

JOURNAL = "journal.log"
REMEDY = "move the file away: the search starts over, and reuses finished runs in trials/ whose settings it draws again"
_LOCK = ".journal.lock"
_MOST_BYTES = 1 << 30
_EXCERPT = 60  # characters of a damaged line in a message


class JournalFile(BaseJournalBackend):
    """A journal shared by several processes; every read and write holds its lock.

    Since writers hold the lock, a last line without a line feed was left by a process that died. It is dropped with a
    warning. Otherwise the file is append-only.

    Args:
        folder: of the file, on a local or a shared disk; it must exist.

    Attributes:
        line: the number of the last line read.

    Raises:
        StoreError: the file is a link out of its folder, not a regular file, too large, or not readable and writable.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self._lock, self.line = folder / JOURNAL, folder / _LOCK, 0
        self._starts = [0]  # byte offset of each line read, and of the next
        require_inside(folder, self.path, StoreError)
        if self.path.exists() and not self.path.is_file():
            raise StoreError(f"{named(self.path)}: not a regular file\n  -> {REMEDY}")
        with locked(self._lock), self._opened() as descriptor:
            self._drop_torn_line(descriptor)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """The operations from a number on.

        Raises:
            StoreError: a line is not an operation; names the line.
        """
        start = min(log_number_from, len(self._starts) - 1)
        for number, line in enumerate(self._lines_from(start), start):
            self.line = number + 1
            if number >= log_number_from:
                yield self._operation(line)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append operations: all of them or none.

        Raises:
            DiskError: they cannot be written; gives the reason.
        """
        content = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in logs).encode()
        with locked(self._lock), self._opened() as descriptor:
            size = self._drop_torn_line(descriptor)
            try:
                _write_all(descriptor, content)
                os.fsync(descriptor)
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(descriptor, size)
                raise cannot_write(self.path, error) from error

    def _lines_from(self, number: int) -> list[bytes]:
        """The complete lines from a number on, without line feeds."""
        with locked(self._lock), self._opened() as descriptor:
            os.lseek(descriptor, self._starts[number], os.SEEK_SET)
            with open(descriptor, "rb", closefd=False) as stream:
                content = stream.read()
        lines = content.split(b"\n")[:-1]
        del self._starts[number + 1 :]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        return lines

    def _operation(self, line: bytes) -> dict[str, Any]:
        try:
            entry = parse_json(line, finite=False)
        except ValueError as error:
            raise self.damaged(f"not JSON: {one_line(error)}") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("op_code"), int):
            raise self.damaged(f"{one_line(line.decode('utf-8', 'replace'), _EXCERPT)} is not an operation of Optuna")
        return entry

    def damaged(self, reason: str) -> StoreError:
        """An error at the last line read."""
        return StoreError(f"{named(self.path)}:{self.line}: damaged search journal: {reason}\n  -> {REMEDY}")

    def _opened(self) -> _Opened:
        return _Opened(self.path)

    def _drop_torn_line(self, descriptor: int) -> int:
        """Make the file end with a complete line; call it only while holding the lock.

        Returns:
            The file's size in bytes.
        """
        size = os.fstat(descriptor).st_size
        if size > _MOST_BYTES:
            raise StoreError(f"{named(self.path)}: {size:,} bytes, more than a search writes\n  -> {REMEDY}")
        tail = _after_last_line(descriptor, size)
        if not tail:
            return size
        with suppress(ValueError):  # a complete operation: only the line feed is missing
            if isinstance(parse_json(tail, finite=False), dict):
                os.lseek(descriptor, 0, os.SEEK_END)
                _write_all(descriptor, b"\n")
                return size + 1
        complete = size - len(tail)
        os.ftruncate(descriptor, complete)
        log.warning(
            "%s: the last line is truncated (a process was killed, or the disk was full, while it was written): "
            "%d bytes of one operation are dropped, everything before it is kept",
            named(self.path),
            len(tail),
        )
        return complete


class _Opened:
    """A descriptor of a journal, for reading and appending."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._descriptor = os.open(self._path, flags, 0o666)
        except OSError as error:
            raise StoreError(f"{named(self._path)}: {why_unreadable(error)}") from error
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])


def _after_last_line(descriptor: int, size: int, block: int = 1 << 16) -> bytes:
    """The bytes after the last line feed."""
    tail, end = b"", size
    while end > 0:
        start = max(0, end - block)
        os.lseek(descriptor, start, os.SEEK_SET)
        part = os.read(descriptor, end - start)
        _, feed, rest = part.rpartition(b"\n")
        tail = rest + tail
        if feed:
            break
        end = start
    return tail
