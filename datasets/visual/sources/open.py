"""Where a visual input of a dataset comes from: a file that somebody made, or an extractor of pictures.

A source is named by text. `blip2` (captions) and `file` (tags, ocr, regions) are files in the dataset's folder, as are
`grid.clip.npz` and other vectors that somebody made; anything else is an extractor with settings,
`resnet152@size=224`. Of `file|tesseract` the first that is there or can
be made is taken.
"""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import DEFAULT_SOURCES, DRAWN, InputKind
from mnerbench.datasets.needs import easiest
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.visual.extractors.catalog import CROPS, is_extractor, parse_crops, parse_extractor
from mnerbench.datasets.visual.own_vectors import open_own_vectors
from mnerbench.datasets.visual.pictures import require_named
from mnerbench.datasets.visual.sources.base import Setting, Source
from mnerbench.datasets.visual.sources.boxed_regions import NAMES, BoxedRegions
from mnerbench.datasets.visual.sources.extracted import ExtractedSource
from mnerbench.datasets.visual.sources.imported import open_import

_OWN_VECTORS = "or take vectors that you have: --input grid=FILE.npz, global=FILE.npz (docs/inputs.md)"


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
        MissingInputError: none of them; says what the one lacks that is easiest to get, and what would do instead. Or
            no tweet names a picture.
        ConfigError: a name is not valid, or an extractor does not give this kind of input.
        DataError: a file breaks its format.
    """
    require_named(setting.corpus)
    options = []
    for name in names.split("|"):
        try:
            return _open(kind, name.strip(), setting)
        except MissingInputError as error:
            options.append(error.needs)
    needs = easiest(options)
    if kind in (InputKind.GLOBAL, InputKind.GRID):
        needs = tuple(need.or_by([_OWN_VECTORS]) for need in needs)
    raise MissingInputError(*needs)


def _open(kind: InputKind, name: str, setting: Setting) -> Source:
    if not name:
        raise ConfigError(f"no source for {kind.value}\n  -> --input {kind.value}=NAME; see docs/inputs.md")
    require_possible(name, f"the source of {kind.value}")
    if kind is InputKind.REGIONS and name.partition("@")[0] == CROPS:
        return BoxedRegions(name, parse_crops(name), setting)
    if kind is InputKind.REGIONS and name == NAMES:
        return BoxedRegions(name, None, setting)
    vectors = not kind.is_text and kind is not InputKind.REGIONS
    if vectors and not is_extractor(name):
        return open_own_vectors(kind, name, setting)
    if "@" in name or is_extractor(name):
        card = parse_extractor(name)
        if kind not in card.kinds:
            gives = ", ".join(made.value for made in card.kinds)
            raise ConfigError(f"{name!r} gives {gives}, not {kind.value}\n  -> see `benchmark list extractors`")
        return ExtractedSource(kind, name, card, setting)
    return open_import(kind, name, setting)
