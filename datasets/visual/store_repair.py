"""A damaged feature store out of the way, so that what it held is made anew."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.files import named, why_unreadable
from mnerbench.datasets.visual.store.index import INDEX, DamagedStoreError
from mnerbench.datasets.visual.store.store import ABOUT, FeatureStore
from mnerbench.datasets.visual.store.writer import ROWS

SUFFIX = ".damaged"


def set_aside(folder: Path) -> None:
    """Rename the files of a damaged store; one that another process has made anew meanwhile stays as it is.

    Args:
        folder: of the store.

    Raises:
        StoreError: they cannot be renamed.
    """
    try:
        with FileLock(folder / ".lock"):
            try:
                FeatureStore(folder)
            except DamagedStoreError:
                for name in (INDEX, ABOUT, ROWS):  # without an index nothing is in a store
                    if (folder / name).exists():
                        (folder / name).replace(folder / f"{name}{SUFFIX}")
    except OSError as error:
        raise StoreError(f"{named(folder)}: {why_unreadable(error)}") from error
