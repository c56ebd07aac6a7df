"""A visual input that an extractor makes from a dataset's pictures, once per picture and machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from mnerbench.datasets.errors import collected
from mnerbench.datasets.inputs import BLANK, InputKind
from mnerbench.datasets.picture_texts import Tag, match_texts
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.decoding import decode_picture
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.extractors.base import Extractor, ExtractorCard, description_key
from mnerbench.datasets.visual.features import Features, FeatureShape
from mnerbench.datasets.visual.pictures import LostPictures, blank_picture
from mnerbench.datasets.visual.sources.base import Loaded, Setting
from mnerbench.datasets.visual.sources.stored import StoredSource
from mnerbench.datasets.visual.store.index import DamagedStoreError

_BLANK_KEY = hashlib.sha256(blank_picture()).hexdigest()


class ExtractedSource(StoredSource):
    """What an extractor says of pictures.

    Args:
        kind: of input.
        name: of the extractor, with its settings, as given.
        card: of the extractor.
        setting: of the dataset.

    Raises:
        MissingInputError: no pictures, or the extractor lacks weights or a program.
    """

    def __init__(self, kind: InputKind, name: str, card: ExtractorCard, setting: Setting) -> None:
        self.kind, self.name, self._card, self._setting = kind, name, card, setting
        self._pictures, self._about = collected((lambda: setting.pictures, lambda: card.describe(setting.models)))
        self._keys = {image: picture.digest for image, picture in self._pictures.files.items()}
        key = description_key(self._about)
        self.fingerprint = hashlib.sha256(f"{key} {self._pictures.fingerprint}".encode()).hexdigest()
        self._folder = setting.cache / "features" / f"{name.partition('@')[0]}-{key}"

    @property
    def _wanted(self) -> Collection[str]:
        return {*self._keys.values(), _BLANK_KEY}

    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """Pictures by the digest of their content; the grey one too."""
        files = self._pictures.files.values()
        wanted = {own.digest: partial(read_picture, own.path, own.digest) for own in files}
        return wanted | {_BLANK_KEY: partial(decode_picture, blank_picture())}

    def _extractor(self, device: str) -> Extractor:
        return self._card.load(self._setting.models, device)

    @property
    def to_fetch(self) -> bool:
        """Whether weights have to be fetched before the pictures can be looked at."""
        return self.missing > 0 and self._card.to_fetch(self._setting.models)

    def fetch(self) -> None:
        """See the base."""
        self._card.fetch(self._setting.models)

    @property
    def carries(self) -> frozenset[InputKind]:
        """What is made from a picture can hold all that is drawn in it, whatever it is called."""
        return frozenset({InputKind.GRID})

    @property
    def summary(self) -> str:
        """How much is there, in words."""
        bad, files = len(self.bad), len(self._pictures.files)
        shown = f", {self.replaced:,} tweets with the replacement" if self.replaced else ""
        return f"{files - bad:,} pictures, {bad:,} unusable, {self._pictures.absent:,} tweets without a picture{shown}"

    def load(self) -> Loaded:
        """Texts, tags or vectors."""
        self._require_made()
        bad = self.bad
        good = {image: key for image, key in self._keys.items() if image not in bad}
        if self.kind.is_text:
            found = {image: self._texts(self._store.facts(key)) for image, key in good.items()}
            shown = self._setting.lost is LostPictures.UMT
            return match_texts(found, self._setting.corpus, self.name, self.fingerprint, keep_lost=shown)
        grey = {} if self._store.fault(_BLANK_KEY) is not None else {BLANK: _BLANK_KEY}
        return Features(
            kind=self.kind,
            store=self._store,
            keys={**good, **grey},
            source=self.name,
            fingerprint=self.fingerprint,
            shape=self._shape(good),
            missing=self._pictures.absent,
            bad=bad,
        )

    def _texts(self, facts: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            return self._read_texts(facts)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._no_store() from error

    def _no_store(self) -> DamagedStoreError:
        folder = named(self._folder)
        reason = f"{folder}: holds something else than {self.kind.value} of {self.name}"
        return DamagedStoreError(f"{reason}\n  -> delete that folder; what it held will be made again")

    def _read_texts(self, facts: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.kind is InputKind.CAPTIONS:
            return tuple(_text(caption) for caption in facts["captions"])
        if self.kind is InputKind.TAGS:
            return tuple(Tag(_text(name), float(score)) for name, score in facts["tags"])
        return (facts["text"],) if _text(facts["text"]).strip() else ()

    def _shape(self, good: Mapping[str, str]) -> FeatureShape:
        shapes = {own.name: own.shape for own in self._store.fields}
        if ("features" if self.kind is InputKind.REGIONS else self.kind.value) not in shapes:
            raise self._no_store()
        if self.kind is InputKind.REGIONS:
            most = max((self._store.sizes(key)[0] for key in good.values()), default=0)
            return FeatureShape(shapes["features"][-1], most, tuple(self._card.labels))
        shape = shapes[self.kind.value]
        return FeatureShape(shape[-1], shape[0] if len(shape) > 1 else 1, parts=self._card.parts)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
