"""Where searches keep their trials: a journal in the results folder, or a database of Optuna's."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


def open_storage(url: str | None, folder: Path) -> BaseStorage:
    """A database by its address, else a journal file, which a shared disk may hold.

    Raises:
        StoreError: it cannot be opened, or is damaged.
    """
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    if url is None:
        return _open_journal(folder)
    try:
        return optuna.storages.RDBStorage(url)
    except Exception as error:  # whatever a database driver raises
        raise _cannot_be_opened(url.rpartition("@")[2], error) from error


def _open_journal(folder: Path) -> BaseStorage:
    from optuna.storages import JournalStorage

    from mnerbench.benchmark.tuning.journal import JournalFile

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_be_opened(folder, error) from error
    journal = JournalFile(folder)
    try:
        return JournalStorage(journal)
    except StoreError:
        raise
    except Exception as error:  # Optuna looks at nothing before it applies an operation
        raise journal.damaged(f"{type(error).__name__} {one_line(error, 200)}".rstrip()) from error


def _cannot_be_opened(where: object, error: Exception) -> StoreError:
    return StoreError(f"{where}: this storage cannot be opened ({one_line(error)})\n  -> see --storage")


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn what a storage raises while it is used into an error that names it.

    Raises:
        StoreError: the storage failed.
    """
    from optuna.exceptions import OptunaError, StorageInternalError

    try:
        yield
    except StorageInternalError as error:
        reason = f"the storage of {what} failed ({one_line(error)})"
        raise StoreError(f"{reason}\n  -> see whether its server is up; the same command goes on") from error
    except OptunaError as error:
        raise StoreError(f"{what}: {one_line(error)}\n  -> another --out starts a new search") from error
