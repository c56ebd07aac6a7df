"""Base of sources whose rows are kept in a feature store: rows by picture, and extraction of missing rows."""

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
from mnerbench.datasets.visual.store.store import FeatureStore, set_aside

# Number of pictures that an error lists individually.
_LISTED = 10


class StoredSource(Source):
    """A source that processes pictures and stores the results; a subclass sets the attributes in `__init__`."""

    _setting: Setting
    _folder: Path
    _about: Mapping[str, Any]
    # Image id to the key of its row.
    _keys: Mapping[str, str]

    @abstractmethod
    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """Loader of the extractor's input by row key."""

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
        """The feature store.

        Raises:
            DamagedStoreError: the store is unusable; `missing` then counts all pictures.
        """
        if isinstance(self._opened, DamagedStoreError):
            raise self._opened
        return self._opened

    @property
    def damage(self) -> str | None:
        """See the base."""
        return str(self._opened).partition("\n")[0] if isinstance(self._opened, DamagedStoreError) else None

    @property
    def _required(self) -> Collection[str]:
        """Keys of all required rows."""
        return set(self._keys.values())

    @property
    def reads_pictures(self) -> bool:
        """See the base; always true."""
        return True

    def refresh(self) -> None:
        """Open the store again on the next access."""
        self.__dict__.pop("_opened", None)

    @property
    def missing(self) -> int:
        """Number of pictures still to be processed."""
        if self.damage is not None:
            return len(self._required)
        return sum(key not in self._store for key in self._required)

    def make(self, device: str, advance: Callable[[int], None]) -> None:
        """Process the missing pictures.

        Raises:
            MissingInputError: weights or a program are missing; or some pictures failed for transient reasons, after
                the results of all others were stored.
        """
        pictures = self._pictures_by_key()
        if self.damage is not None:
            set_aside(self._folder)
        summary = extract_pictures(pictures, self._folder, lambda: self._extractor(device), self._about, advance)
        self.refresh()
        if summary.failed:
            raise self._failure(summary.failed)

    def _failure(self, reasons: Mapping[str, str]) -> MissingInputError:
        names = {key: image for image, key in self._keys.items()}
        lines = sorted(f"  {names.get(key, 'the grey picture')}: {reason}" for key, reason in reasons.items())
        first = f"{self._title}: {len(lines):,} pictures could not be processed by {self.name}"
        more = [f"  and {len(lines) - _LISTED:,} more"] if len(lines) > _LISTED else []
        ways = (f"{self._command} (processes only these)", "or remove the files; their tweets then have no picture")
        return MissingInputError(Need("\n".join([first, *lines[:_LISTED], *more]), ways, self._title))

    @property
    def replaced(self) -> int:
        """Number of tweets that use the replacement of a lost picture (policy `umt`)."""
        return self._setting.pictures.replaced

    @property
    def bad(self) -> dict[str, str]:
        """Unusable pictures: reason by image id."""
        if self.damage is not None:
            return {}
        faults = {image: self._store.fault(key) for image, key in self._keys.items() if key in self._store}
        return {image: reason for image, reason in faults.items() if reason is not None}

    @property
    def bad_files(self) -> dict[str, str]:
        """See the base."""
        files = self._setting.pictures.files
        return {str(files[image].path) if image in files else image: reason for image, reason in self.bad.items()}

    @property
    def named(self) -> int:
        """See the base."""
        return len(self._keys)

    def _require_complete(self) -> None:
        """Raise if pictures are still to be processed.

        Raises:
            MissingInputError: pictures are missing; names the command that processes them.
        """
        if missing := self.missing:
            reason = f"{self._title}: {missing} pictures not yet processed by {self.name}"
            raise MissingInputError(Need(reason, (self._command,), self._title))

    @property
    def _title(self) -> str:
        return f"{self.kind.value} of {self._setting.card.name!r}"

    @property
    def _command(self) -> str:
        """The command that processes the missing pictures."""
        return f"benchmark data prepare {self._setting.card.name} --input {self.kind.value}={self.name}"
