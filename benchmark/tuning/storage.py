"""Storage of trials: a journal file in the results folder, or an Optuna database."""

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
    """Open a database by its URL; without one, the journal file in a folder, which may be on a shared disk.

    Raises:
        StoreError: the storage cannot be opened, or is damaged.
    """
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    if url is None:
        return _open_journal(folder)
    try:
        return optuna.storages.RDBStorage(url)
    except Exception as error:  # database drivers raise errors of many types
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
    except Exception as error:  # Optuna applies operations without validating them
        raise journal.damaged(f"{type(error).__name__} {one_line(error, 200)}".rstrip()) from error


def _cannot_be_opened(where: object, error: Exception) -> StoreError:
    return StoreError(f"{where}: this storage cannot be opened ({one_line(error)})\n  -> see --storage")


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn the errors of a storage in use into errors that name it.

    Args:
        what: what uses the storage, for the message.

    Raises:
        StoreError: the storage failed.
    """
    from optuna.exceptions import OptunaError, StorageInternalError

    try:
        yield
    except StorageInternalError as error:
        reason = f"the storage of {what} failed ({one_line(error)})"
        raise StoreError(f"{reason}\n  -> check its server, then repeat the same command to continue") from error
    except OptunaError as error:
        raise StoreError(f"{what}: {one_line(error)}\n  -> another --out starts a new search") from error
