"""What sources share whose rows are kept in a store: which picture has which row, and what is still to be made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.needs import Need
from mnerbench.datasets.visual.extraction import extract_pictures
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.sources.base import Setting, Source
from mnerbench.datasets.visual.store.index import DamagedStoreError
from mnerbench.datasets.visual.store.store import FeatureStore
from mnerbench.datasets.visual.store_repair import set_aside

# How many pictures an error names one by one.
_NAMED = 10


class StoredSource(Source):
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
    def _opened(self) -> FeatureStore | DamagedStoreError:
        try:
            return FeatureStore(self._folder)
        except DamagedStoreError as damage:
            return damage

    @property
    def _store(self) -> FeatureStore:
        """The rows.

        Raises:
            DamagedStoreError: they cannot be used; `missing` says before that all are to be made.
        """
        if isinstance(self._opened, DamagedStoreError):
            raise self._opened
        return self._opened

    @property
    def damage(self) -> str | None:
        """See the base."""
        return str(self._opened).partition("\n")[0] if isinstance(self._opened, DamagedStoreError) else None

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
        self.__dict__.pop("_opened", None)

    @property
    def missing(self) -> int:
        """Pictures that are still to be looked at."""
        if self.damage is not None:
            return len(self._wanted)
        return sum(key not in self._store for key in self._wanted)

    def make(self, device: str, advance: Callable[[int], None]) -> None:
        """Look at the pictures that are still missing.

        Raises:
            MissingInputError: weights or a program are not there; or some pictures could not be looked at this time,
                which says nothing of others: these are made and kept.
        """
        pictures = self._pictures_by_key()
        if self.damage is not None:
            set_aside(self._folder)
        found = extract_pictures(pictures, self._folder, lambda: self._extractor(device), self._about, advance)
        self.refresh()
        if found.failed:
            raise self._failure(found.failed)

    def _failure(self, reasons: Mapping[str, str]) -> MissingInputError:
        names = {key: image for image, key in self._keys.items()}
        told = sorted(f"  {names.get(key, 'the grey picture')}: {why}" for key, why in reasons.items())
        first = f"{self._title}: {len(told):,} pictures could not be looked at by {self.name} this time"
        more = [f"  and {len(told) - _NAMED:,} more"] if len(told) > _NAMED else []
        again = f"{self._command} (looks at no others again)"
        ways = [again, "or take the files away; their tweets then have no picture"]
        return MissingInputError(Need("\n".join([first, *told[:_NAMED], *more]), tuple(ways), self._title))

    @property
    def replaced(self) -> int:
        """Tweets that show the replacement of a lost picture (policy `umt`)."""
        return self._setting.pictures.replaced

    @property
    def bad(self) -> dict[str, str]:
        """Pictures that could not be used: reason by image id."""
        if self.damage is not None:
            return {}
        faults = {image: self._store.fault(key) for image, key in self._keys.items() if key in self._store}
        return {image: reason for image, reason in faults.items() if reason is not None}

    @property
    def bad_files(self) -> dict[str, str]:
        """See the base."""
        files = self._setting.pictures.files
        return {str(files[image].path) if image in files else image: why for image, why in self.bad.items()}

    @property
    def named(self) -> int:
        """See the base."""
        return len(self._keys)

    def _require_made(self) -> None:
        """See that nothing is still to be made.

        Raises:
            MissingInputError: something is; names the command that makes it.
        """
        if left := self.missing:
            first = f"{self._title}: {left} pictures not looked at by {self.name}"
            raise MissingInputError(Need(first, (self._command,), self._title))

    @property
    def _title(self) -> str:
        return f"{self.kind.value} of {self._setting.card.name!r}"

    @property
    def _command(self) -> str:
        """What makes it."""
        return f"benchmark data prepare {self._setting.card.name} --input {self.kind.value}={self.name}"
