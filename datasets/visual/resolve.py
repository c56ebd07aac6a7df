"""Where a visual input of a dataset comes from: a file that somebody made, or an extractor of pictures.

A source is named by text. `blip2` (captions) and `file` (tags, ocr, regions) are files in the dataset's folder;
anything else is an extractor with settings, `resnet152@size=224`. Of `file|tesseract` the first that is there or can
be made is taken.
"""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.needs import easiest
from mnerbench.datasets.visual.boxed import NAMES, BoxedRegions
from mnerbench.datasets.visual.extracted import ExtractedSource
from mnerbench.datasets.visual.extractors.catalog import CROPS, is_extractor, parse_crops, parse_extractor
from mnerbench.datasets.visual.imported import open_import
from mnerbench.datasets.visual.inputs import DEFAULT_SOURCES, DRAWN, InputKind
from mnerbench.datasets.visual.sources import Setting, Source


def usual_source(kind: InputKind, card: DatasetCard) -> str:
    """Where an input of a dataset comes from when nobody says: a probe has captions of its own."""
    return DRAWN if kind is InputKind.CAPTIONS and card.probe is not None else DEFAULT_SOURCES[kind]


def open_source(kind: InputKind, names: str, setting: Setting) -> Source:
    """The first of several sources that is there or can be made.

    Args:
        kind: of input.
        names: one source, or several with `|` between them.
        setting: of the dataset.

    Raises:
        MissingInputError: none of them; says what the one lacks that is easiest to get, and what would do instead.
        ConfigError: a name is not valid, or an extractor does not give this kind of input.
        DataError: a file breaks its format.
    """
    options = []
    for name in names.split("|"):
        try:
            return _open(kind, name.strip(), setting)
        except MissingInputError as error:
            options.append(error.needs)
    raise MissingInputError(*easiest(options))


def _open(kind: InputKind, name: str, setting: Setting) -> Source:
    if not name:
        raise ConfigError(f"no source for {kind.value}\n  -> --input {kind.value}=NAME; see docs/inputs.md")
    if kind is InputKind.REGIONS and name.partition("@")[0] == CROPS:
        return BoxedRegions(name, parse_crops(name), setting)
    if kind is InputKind.REGIONS and name == NAMES:
        return BoxedRegions(name, None, setting)
    vectors = not kind.is_text and kind is not InputKind.REGIONS
    if vectors or "@" in name or is_extractor(name):
        card = parse_extractor(name)
        if kind not in card.kinds:
            gives = ", ".join(made.value for made in card.kinds)
            raise ConfigError(f"{name!r} gives {gives}, not {kind.value}\n  -> see `benchmark list extractors`")
        return ExtractedSource(kind, name, card, setting)
    return open_import(kind, name, setting)
