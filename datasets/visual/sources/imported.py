"""Visual inputs from files that somebody made: captions, other texts, tags, text in pictures, regions."""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import DRAWN, FILE, InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.importers.captions import load_captions
from mnerbench.datasets.visual.importers.context import load_context
from mnerbench.datasets.visual.importers.ocr import load_ocr
from mnerbench.datasets.visual.importers.regions import RegionImport, import_regions
from mnerbench.datasets.visual.importers.tags import load_tags
from mnerbench.datasets.visual.sources.base import Loaded, Setting, Source


class ImportedTexts(Source):
    """Texts or tags of a file, read when it is opened."""

    def __init__(self, kind: InputKind, texts: Texts[str] | Texts[Tag], card: DatasetCard) -> None:
        self.kind, self.name, self.fingerprint = kind, texts.source, texts.fingerprint
        self._texts, self._drawn = texts, card.probe is not None

    @property
    def carries(self) -> frozenset[InputKind] | None:
        """What a probe's own files say is known; of any other file nobody knows."""
        own = {InputKind.CAPTIONS: DRAWN, InputKind.TAGS: FILE, InputKind.OCR: FILE}
        return frozenset({self.kind}) if self._drawn and own.get(self.kind) == self.name else None

    @property
    def summary(self) -> str:
        """How much is there, in words."""
        texts = self._texts
        counts = {"of lost pictures dropped": texts.dropped, "tweets without": texts.missing + texts.empty}
        return ", ".join([f"{len(texts.items):,} pictures", *(f"{count:,} {what}" for what, count in counts.items())])

    def load(self) -> Loaded:
        """What the file says."""
        return self._texts


class ImportedRegions(Source):
    """Region features of files, brought into a memory-mapped store when they are opened for the first time."""

    def __init__(self, setting: Setting) -> None:
        named = [example.image_id for examples in setting.corpus.splits.values() for example in examples]
        wanted = {image for image in named if image is not None} - setting.corpus.missing_images
        self.kind, self.name = InputKind.REGIONS, FILE
        self._found: RegionImport = import_regions(setting.folder / "regions", setting.cache / "features", wanted)
        self.fingerprint = self._found.fingerprint
        self._absent = sum(image not in self._found.keys for image in named)

    @property
    def bad(self) -> dict[str, str]:
        """Pictures whose regions cannot be used: reason by image id."""
        return dict(self._found.bad)

    @property
    def summary(self) -> str:
        """How much is there, in words."""
        return f"{len(self._found.keys):,} pictures, {len(self._found.bad):,} unusable, {self._absent:,} tweets without"

    def load(self) -> Loaded:
        """The regions; there are none of a grey picture."""
        found = self._found
        return Features(
            InputKind.REGIONS,
            found.store,
            found.keys,
            self.name,
            self.fingerprint,
            found.shape,
            missing=self._absent,
            bad=found.bad,
        )


def open_import(kind: InputKind, name: str, setting: Setting) -> Source:
    """A file of a dataset's folder.

    Args:
        kind: of input.
        name: of captions and texts the part of the file's name; of tags, text in pictures and regions `file`.
        setting: of the dataset.

    Raises:
        MissingInputError: there is no such file; says every way to get it.
        ConfigError: there is only one file of this kind, and the name is another.
        DataError: the file breaks its format.
    """
    card, corpus, folder = setting.card, setting.corpus, setting.folder
    if kind is InputKind.CAPTIONS:
        return ImportedTexts(kind, load_captions(corpus, card, folder, name), card)
    if kind is InputKind.TEXT:
        return ImportedTexts(kind, load_context(corpus, card, folder, name), card)
    if name != FILE:
        raise ConfigError(
            f"{kind.value} from {name!r}: not {FILE!r} and no extractor\n  -> see `benchmark list extractors`"
        )
    if kind is InputKind.TAGS:
        return ImportedTexts(kind, load_tags(corpus, card, folder), card)
    if kind is InputKind.OCR:
        return ImportedTexts(kind, load_ocr(corpus, card, folder), card)
    return ImportedRegions(setting)
