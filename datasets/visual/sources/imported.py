"""Visual inputs from user-provided files: captions, other texts, tags, OCR text, regions."""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import DRAWN, FILE, InputKind
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.features import Features
from mnerbench.datasets.visual.importers.captions import load_captions, load_context
from mnerbench.datasets.visual.importers.ocr import load_ocr
from mnerbench.datasets.visual.importers.regions import RegionImport, import_regions
from mnerbench.datasets.visual.importers.tags import load_tags
from mnerbench.datasets.visual.sources.base import Loaded, Setting, Source


class ImportedTexts(Source):
    """Texts or tags of a file, read on construction."""

    def __init__(self, kind: InputKind, texts: Texts[str] | Texts[Tag], card: DatasetCard) -> None:
        self.kind, self.name, self.fingerprint = kind, texts.source, texts.fingerprint
        self._texts, self._drawn = texts, card.probe is not None

    @property
    def evidence_kinds(self) -> frozenset[InputKind] | None:
        """The kind itself for a probe's generated files; None for any other file."""
        generated = {InputKind.CAPTIONS: DRAWN, InputKind.TAGS: FILE, InputKind.OCR: FILE}
        return frozenset({self.kind}) if self._drawn and generated.get(self.kind) == self.name else None

    @property
    def summary(self) -> str:
        """See the base."""
        texts = self._texts
        counts = {"of lost pictures dropped": texts.dropped, "tweets without": texts.missing + texts.empty}
        return ", ".join([f"{len(texts.items):,} pictures", *(f"{count:,} {name}" for name, count in counts.items())])

    def load(self) -> Loaded:
        """The texts or tags."""
        return self._texts


class ImportedRegions(Source):
    """Region features of files, imported into a memory-mapped store on first use."""

    def __init__(self, setting: Setting) -> None:
        requested = setting.corpus.image_ids - setting.corpus.missing_images
        self.kind, self.name = InputKind.REGIONS, FILE
        self._regions: RegionImport = import_regions(setting.folder / "regions", setting.cache / "features", requested)
        self.fingerprint = self._regions.fingerprint
        self._absent = setting.corpus.tweets_without(self._regions.keys)

    @property
    def bad(self) -> dict[str, str]:
        """Pictures with unusable regions: reason by image id."""
        return dict(self._regions.bad)

    @property
    def summary(self) -> str:
        """See the base."""
        usable, bad = len(self._regions.keys), len(self._regions.bad)
        return f"{usable:,} pictures, {bad:,} unusable, {self._absent:,} tweets without"

    def load(self) -> Loaded:
        """The regions, without any for the blank picture."""
        regions = self._regions
        return Features(
            InputKind.REGIONS,
            regions.store,
            regions.keys,
            self.name,
            self.fingerprint,
            regions.shape,
            missing=self._absent,
            bad=regions.bad,
        )


def open_import(kind: InputKind, name: str, setting: Setting) -> Source:
    """Open a file in a dataset's folder.

    Args:
        kind: kind of input.
        name: for captions and texts, the source part of the file name; for tags, OCR text and regions, `file`.
        setting: the dataset.

    Raises:
        MissingInputError: there is no such file; lists every way to get it.
        ConfigError: this kind has a single file, and the name is not `file`.
        DataError: the file is invalid.
    """
    card, corpus, folder = setting.card, setting.corpus, setting.folder
    if kind is InputKind.CAPTIONS:
        return ImportedTexts(kind, load_captions(corpus, card, folder, name), card)
    if kind is InputKind.TEXT:
        return ImportedTexts(kind, load_context(corpus, card, folder, name), card)
    if name != FILE:
        raise ConfigError(
            f"{kind.value} from {name!r}: neither {FILE!r} nor an extractor\n  -> see `benchmark list extractors`"
        )
    if kind is InputKind.TAGS:
        return ImportedTexts(kind, load_tags(corpus, card, folder), card)
    if kind is InputKind.OCR:
        return ImportedTexts(kind, load_ocr(corpus, card, folder), card)
    return ImportedRegions(setting)
