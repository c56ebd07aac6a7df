"""What sources share whose rows are kept in a store: which picture has which row, and what is still to be made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.visual.extraction import extract_pictures
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.sources import Setting, Source
from mnerbench.datasets.visual.store import FeatureStore


class KeptSource(Source):
    """A source that looks at pictures and keeps what it found; a subclass sets the fields in `__init__`."""

    _setting: Setting
    _folder: Path
    _about: Mapping[str, Any]
    # Image id to the key of its row.
    _keys: Mapping[str, str]

    @abstractmethod
    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """By key of a row, what gives the extractor its picture."""

    @abstractmethod
    def _extractor(self, device: str) -> Extractor:
        """The loaded extractor."""

    @cached_property
    def _store(self) -> FeatureStore:
        return FeatureStore(self._folder)

    @property
    def _wanted(self) -> Collection[str]:
        """Keys of all rows that have to be there."""
        return set(self._keys.values())

    @property
    def looks(self) -> bool:
        """It does."""
        return True

    def refresh(self) -> None:
        """Read the store again when it is next asked."""
        self.__dict__.pop("_store", None)

    @property
    def missing(self) -> int:
        """Pictures that are still to be looked at."""
        return sum(key not in self._store for key in self._wanted)

    def make(self, device: str, advance: Callable[[int], None]) -> None:
        """Look at the pictures that are still missing."""
        pictures = self._pictures_by_key()
        extract_pictures(pictures, self._folder, lambda: self._extractor(device), self._about, advance)
        self.refresh()

    @property
    def replaced(self) -> int:
        """Tweets that show the replacement of a lost picture (policy `umt`)."""
        return self._setting.pictures.replaced

    @property
    def bad(self) -> dict[str, str]:
        """Pictures that could not be used: reason by image id."""
        faults = {image: self._store.fault(key) for image, key in self._keys.items() if key in self._store}
        return {image: reason for image, reason in faults.items() if reason is not None}

    def _require_made(self) -> None:
        """See that nothing is still to be made.

        Raises:
            MissingInputError: something is; names the command that makes it.
        """
        if left := self.missing:
            name, kind = self._setting.card.name, self.kind.value
            raise MissingInputError(
                f"{kind} of {name!r}: {left} pictures not looked at by {self.name}\n"
                f"  -> benchmark data prepare {name} --input {kind}={self.name}"
            )
