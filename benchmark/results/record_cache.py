"""Caches parsed records while their files are unchanged."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from mnerbench.benchmark.results.record import RunRecord

_MOST = 20_000  # records in memory; further ones are read again each time


class FileState(NamedTuple):
    """The state of a record's file. Replacing a record changes it, because a new file is renamed over the old one."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def record_state(root: str, identity: str) -> FileState | None:
    """The current state of a record's file; None if it is missing, or if it or its folder is a link."""
    folder = f"{root}/{identity}"
    try:
        # Strings instead of paths: a command over a thousand runs asks ten thousand times.
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            return None
        state = os.lstat(f"{folder}/record.json")
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    return FileState(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


class RecordCache:
    """Parsed records by identity, each with the state of its file before it was read."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[FileState, RunRecord]] = {}

    def get(self, identity: str, state: FileState | None) -> RunRecord | None:
        """The record of a run, if it is cached and its file still has the same state."""
        cached = self._entries.get(identity)
        return cached[1] if cached is not None and cached[0] == state else None

    def put(self, identity: str, state: FileState | None, record: RunRecord) -> None:
        """Keep a record.

        Args:
            identity: identity of the run.
            state: state of the file before it was read, so that a change while it is read is noticed later.
            record: the parsed content.
        """
        if state is not None and (len(self._entries) < _MOST or identity in self._entries):
            self._entries[identity] = state, record
