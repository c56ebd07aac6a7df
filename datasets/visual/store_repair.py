"""Set a damaged feature store aside, so that its features are extracted again."""

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
    """Rename the files of a damaged store; leave a store alone that another process has repaired in the meantime.

    Args:
        folder: the store's folder.

    Raises:
        StoreError: the files cannot be renamed.
    """
    try:
        with FileLock(folder / ".lock"):
            try:
                FeatureStore(folder)
            except DamagedStoreError:
                for name in (INDEX, ABOUT, ROWS):  # the index first: without it a store is empty
                    if (folder / name).exists():
                        (folder / name).replace(folder / f"{name}{SUFFIX}")
    except OSError as error:
        raise StoreError(f"{named(folder)}: {why_unreadable(error)}") from error
