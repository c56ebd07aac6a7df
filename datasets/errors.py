"""The one exception tree of the package.

Every error that a user can cause derives from :class:`MnerbenchError`; its text names the bad value, where it
came from, what would be valid, and the remedy. The command line prints the text and exits with 2, without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mnerbench.datasets.needs import Need, Needs, unique

_MOST_REASON = 2000  # characters


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
        return cls(f"{place}: {_bounded(reason)}\n  -> {remedy}")


def _bounded(reason: str) -> str:
    """A reason that quotes a file: of a line of megabytes its beginning, and what is said behind it."""
    if len(reason) <= _MOST_REASON:
        return reason
    cut = len(reason) - 1000
    return f"{reason[:700]}... ({cut:,} more characters) ...{reason[-300:]}"


class ConfigError(MnerbenchError):
    """A suite file, flag or method setting that is not valid."""


class MissingInputError(MnerbenchError):
    """Something a run needs (corpus, encoder, captions) is not there; says every way to get it.

    Attributes:
        needs: everything that is missing, each with its remedies.
    """

    def __init__(self, *needs: Need | str) -> None:
        super().__init__(*needs)
        self.needs: Needs = unique([need if isinstance(need, Need) else Need(need) for need in needs])

    def __str__(self) -> str:
        return "\n".join(map(str, self.needs))


def collected(makers: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of all makers, or what all of them lack: the first thing that is missing hides no other.

    Raises:
        MissingInputError: with the needs of every maker that raised one.
    """
    results, needs = [], list[Need]()
    for make in makers:
        try:
            results.append(make())
        except MissingInputError as error:
            needs += error.needs
    if needs:
        raise MissingInputError(*needs)
    return results


class StoreError(MnerbenchError):
    """The results folder cannot be used: not writable, full, or holding a file we did not write."""


class DiskError(StoreError):
    """A file cannot be written: the disk is full, gone or read-only. No fault of the run that wanted to."""


def with_remedies(reason: str, ways: Iterable[str]) -> str:
    """A reason, and below it every way out, a line each."""
    return "\n".join([reason, *(f"  -> {way}" for way in ways)])


def near(word: str, known: Iterable[str]) -> list[str]:
    """The names that a word may have been meant as, at most three.

    Case, blanks and underscores do not matter (`BERT_CRF` is near `bert-crf`); then the last part of a name counts
    (`umt` is near `reproduce/umt`), then spelling.
    """
    names, wanted = sorted(known), _folded(word)
    same = [name for name in names if _folded(name) == wanted]
    ends = [name for name in names if _folded(name.rpartition("/")[2]) == wanted]
    if same or ends:
        return (same or ends)[:3]
    by_fold = {_folded(name): name for name in reversed(names)}
    return [by_fold[match] for match in difflib.get_close_matches(wanted, by_fold, n=3, cutoff=0.6)]


def _folded(word: str) -> str:
    return word.strip().lower().replace("_", "-").replace(" ", "-")


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for a near miss, and the valid names otherwise."""
    names = sorted(known)
    if found := near(word, names):
        return "; did you mean " + " or ".join(map(repr, found)) + "?"
    return "; valid: " + (", ".join(names) if names else "(none)")
