"""The exception hierarchy of the package.

Every error that a user can cause derives from :class:`MnerbenchError`. Its message names the bad value, its origin, the
valid values, and the remedy. The command line prints the message and exits with 2, without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mnerbench.datasets.needs import Need, Needs, unique

_MAX_REASON = 2000  # characters


class MnerbenchError(Exception):
    """Base class of all errors that this package raises deliberately."""


class DataError(MnerbenchError):
    """A corpus, caption or prediction file is unusable."""

    @classmethod
    def at(cls, path: Path | str, line: int | None, reason: str, remedy: str) -> DataError:
        """An error at a location in a file.

        Args:
            path: the file.
            line: one-based line number; None for the whole file.
            reason: what is wrong.
            remedy: what the user can do.
        """
        location = f"{path}:{line}" if line is not None else str(path)
        return cls(f"{location}: {_bounded(reason)}\n  -> {remedy}")


def _bounded(reason: str) -> str:
    """Shorten a reason that may quote a very long line: keep its beginning and its end."""
    if len(reason) <= _MAX_REASON:
        return reason
    cut = len(reason) - 1000
    return f"{reason[:700]}... ({cut:,} more characters) ...{reason[-300:]}"


class ConfigError(MnerbenchError):
    """A suite file, flag or method setting is invalid."""


class MissingInputError(MnerbenchError):
    """An input of a run (corpus, encoder, captions) is missing; the message lists every way to get it.

    Attributes:
        needs: everything that is missing, each with its remedies.
    """

    def __init__(self, *needs: Need | str) -> None:
        super().__init__(*needs)
        self.needs: Needs = unique([need if isinstance(need, Need) else Need(need) for need in needs])

    def __str__(self) -> str:
        return "\n".join(map(str, self.needs))


def collected(makers: Sequence[Callable[[], Any]]) -> list[Any]:
    """Call all makers and return their results; collect the missing inputs of all before raising.

    Raises:
        MissingInputError: one or more makers raised it; has the needs of all of them.
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
    """The results folder is unusable: not writable, full, or contains a file we did not write."""


class DiskError(StoreError):
    """A file cannot be written because the disk is full, gone or read-only; not the run's fault."""


def with_remedies(reason: str, ways: Iterable[str]) -> str:
    """A reason followed by its remedies, one line each."""
    return "\n".join([reason, *(f"  -> {way}" for way in ways)])


def near(word: str, valid: Iterable[str]) -> list[str]:
    """At most three valid names that a word may have been meant as.

    Case, spaces and underscores are ignored (`BERT_CRF` matches `bert-crf`). Next, the last part of a name is compared
    (`umt` matches `reproduce/umt`), then the spelling.
    """
    names, folded = sorted(valid), _folded(word)
    equal = [name for name in names if _folded(name) == folded]
    ends = [name for name in names if _folded(name.rpartition("/")[2]) == folded]
    if equal or ends:
        return (equal or ends)[:3]
    by_fold = {_folded(name): name for name in reversed(names)}
    return [by_fold[match] for match in difflib.get_close_matches(folded, by_fold, n=3, cutoff=0.6)]


def _folded(word: str) -> str:
    return word.strip().lower().replace("_", "-").replace(" ", "-")


def suggestion(word: str, valid: Iterable[str]) -> str:
    """`; did you mean 'x'?` for a near miss, and the valid names otherwise."""
    names = sorted(valid)
    if matches := near(word, names):
        return "; did you mean " + " or ".join(map(repr, matches)) + "?"
    return "; valid: " + (", ".join(names) if names else "(none)")
