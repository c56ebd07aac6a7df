"""A visual input extracted from a dataset's pictures, once per picture and cache."""

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
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.pictures import blank_picture
from mnerbench.datasets.visual.sources.base import Loaded, Setting
from mnerbench.datasets.visual.sources.stored import StoredSource
from mnerbench.datasets.visual.store.index import DamagedStoreError

_BLANK_KEY = hashlib.sha256(blank_picture()).hexdigest()


class ExtractedSource(StoredSource):
    """Output of an extractor for the pictures of a dataset.

    Args:
        kind: kind of input.
        name: name of the extractor with its settings, as the user typed it.
        card: the extractor's card.
        setting: the dataset.

    Raises:
        MissingInputError: there are no pictures, or the extractor lacks weights or a program.
    """

    def __init__(self, kind: InputKind, name: str, card: ExtractorCard, setting: Setting) -> None:
        self.kind, self.name, self._card, self._setting = kind, name, card, setting
        self._pictures, self._about = collected((lambda: setting.pictures, lambda: card.describe(setting.models)))
        self._keys = {image: picture.digest for image, picture in self._pictures.files.items()}
        key = description_key(self._about)
        self.fingerprint = hashlib.sha256(f"{key} {self._pictures.fingerprint}".encode()).hexdigest()
        self._folder = setting.cache / "features" / f"{name.partition('@')[0]}-{key}"

    @property
    def _required(self) -> Collection[str]:
        return {*self._keys.values(), _BLANK_KEY}

    def _pictures_by_key(self) -> Mapping[str, Callable[[], Any]]:
        """See the base; includes the blank picture."""
        files = self._pictures.files.values()
        loaders = {file.digest: partial(read_picture, file.path, file.digest) for file in files}
        return loaders | {_BLANK_KEY: partial(decode_picture, blank_picture())}

    def _extractor(self, device: str) -> Extractor:
        return self._card.load(self._setting.models, device)

    @property
    def needs_fetch(self) -> bool:
        """See the base."""
        return self.missing > 0 and self._card.needs_fetch(self._setting.models)

    def fetch(self) -> None:
        """See the base."""
        self._card.fetch(self._setting.models)

    @property
    def evidence_kinds(self) -> frozenset[InputKind]:
        """Every kind of output can contain the evidence drawn in the picture."""
        return frozenset({InputKind.GRID})

    @property
    def summary(self) -> str:
        """See the base."""
        bad, files = len(self.bad), len(self._pictures.files)
        replaced = f", {self.replaced:,} tweets with the replacement" if self.replaced else ""
        absent = f"{self._pictures.absent:,} tweets without a picture"
        return f"{files - bad:,} pictures, {bad:,} unusable, {absent}{replaced}"

    def load(self) -> Loaded:
        """Texts, tags or vectors."""
        self._require_complete()
        bad = self.bad
        good = {image: key for image, key in self._keys.items() if image not in bad}
        if self.kind.is_text:
            texts = {image: self._texts(self._store.facts(key)) for image, key in good.items()}
            keep_lost = self._setting.lost is LostPictures.UMT
            return match_texts(texts, self._setting.corpus, self.name, self.fingerprint, keep_lost=keep_lost)
        blank = {} if self._store.fault(_BLANK_KEY) is not None else {BLANK: _BLANK_KEY}
        return Features(
            kind=self.kind,
            store=self._store,
            keys={**good, **blank},
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
            raise self._foreign_content() from error

    def _foreign_content(self) -> DamagedStoreError:
        reason = f"{named(self._folder)}: does not contain {self.kind.value} of {self.name}"
        return DamagedStoreError(f"{reason}\n  -> delete that folder; its features will be extracted again")

    def _read_texts(self, facts: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.kind is InputKind.CAPTIONS:
            return tuple(_text(caption) for caption in facts["captions"])
        if self.kind is InputKind.TAGS:
            return tuple(Tag(_text(name), float(score)) for name, score in facts["tags"])
        return (facts["text"],) if _text(facts["text"]).strip() else ()

    def _shape(self, good: Mapping[str, str]) -> FeatureShape:
        shapes = {field.name: field.shape for field in self._store.fields}
        if ("features" if self.kind is InputKind.REGIONS else self.kind.value) not in shapes:
            raise self._foreign_content()
        if self.kind is InputKind.REGIONS:
            most = max((self._store.sizes(key)[0] for key in good.values()), default=0)
            return FeatureShape(shapes["features"][-1], most, tuple(self._card.labels))
        shape = shapes[self.kind.value]
        return FeatureShape(shape[-1], shape[0] if len(shape) > 1 else 1, parts=self._card.parts)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value
