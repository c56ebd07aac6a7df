"""The one exception tree of the package.

Every error that a user can cause derives from :class:`MnerbenchError`; its text names the bad value, where it
came from, what would be valid, and the remedy. The command line prints the text and exits with 2, without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class MnerbenchError(Exception):
    """Base of all errors raised on purpose by this package."""


class DataError(MnerbenchError):
    """A corpus, caption or prediction file that cannot be used as it is."""

    @classmethod
    def at(cls, path: Path | str, line: int | None, reason: str, remedy: str) -> DataError:
        """An error at a place in a file.

        Args:
            path: the file.
            line: one-based line number, or None when the whole file is meant.
            reason: what is wrong.
            remedy: what the user can do.
        """
        place = f"{path}:{line}" if line is not None else str(path)
        return cls(f"{place}: {reason}\n  -> {remedy}")


class ConfigError(MnerbenchError):
    """A suite file, flag or method setting that is not valid."""


class MissingInputError(MnerbenchError):
    """Something a run needs (corpus, encoder, captions) is not there; says every way to get it."""


class StoreError(MnerbenchError):
    """The results folder cannot be used: not writable, full, or holding a file we did not write."""


class DiskError(StoreError):
    """A file cannot be written: the disk is full, gone or read-only. No fault of the run that wanted to."""


def with_remedies(reason: str, ways: Iterable[str]) -> str:
    """A reason, and below it every way out, a line each."""
    return "\n".join([reason, *(f"  -> {way}" for way in ways)])


def near(word: str, known: Iterable[str]) -> list[str]:
    """The names that a word may have been meant as, at most three."""
    return difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.6)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for a near miss, and the valid names otherwise."""
    names = sorted(known)
    if found := near(word, names):
        return "; did you mean " + " or ".join(map(repr, found)) + "?"
    return "; valid: " + (", ".join(names) if names else "(none)")
