"""Resolve the name of a visual input's source: a user-provided file or an extractor.

`blip2` (captions) and `file` (tags, ocr, regions) name files in the dataset's folder, as do `grid.clip.npz` and other
vector files; anything else is an extractor with settings, such as `resnet152@size=224`. `file|tesseract` means the
first that exists or can be computed.
"""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import DEFAULT_SOURCES, DRAWN, InputKind
from mnerbench.datasets.needs import easiest
from mnerbench.datasets.untrusted.names import require_possible
from mnerbench.datasets.visual.extractors.catalog import CROPS, is_extractor, parse_crops, parse_extractor
from mnerbench.datasets.visual.own_vectors import open_own_vectors
from mnerbench.datasets.visual.pictures import require_image_ids
from mnerbench.datasets.visual.sources.base import Setting, Source
from mnerbench.datasets.visual.sources.boxed_regions import NAMES, BoxedRegions
from mnerbench.datasets.visual.sources.extracted import ExtractedSource
from mnerbench.datasets.visual.sources.imported import open_import
from mnerbench.datasets.visual.sources.pictures import PictureSource

_OWN_VECTORS = "or use your own vectors: --input grid=FILE.npz, global=FILE.npz (docs/inputs.md)"


def usual_source(kind: InputKind, card: DatasetCard) -> str:
    """The default source of an input; probes have generated captions."""
    return DRAWN if kind is InputKind.CAPTIONS and card.probe is not None else DEFAULT_SOURCES[kind]


def open_source(kind: InputKind, names: str, setting: Setting) -> Source:
    """Open the first of several sources that exists or can be computed.

    Args:
        kind: kind of input.
        names: one source, or several separated by `|`.
        setting: the dataset.

    Raises:
        MissingInputError: none is available; says what the easiest one to get lacks, and lists the alternatives. Or no
            tweet has an image id.
        ConfigError: a name is invalid, or an extractor does not produce this kind of input.
        DataError: a file is invalid.
    """
    require_image_ids(setting.corpus)
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
    if kind is InputKind.PICTURE:
        return PictureSource(name, setting)
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
            kinds = ", ".join(output.value for output in card.kinds)
            raise ConfigError(f"{name!r} gives {kinds}, not {kind.value}\n  -> see `benchmark list extractors`")
        return ExtractedSource(kind, name, card, setting)
    return open_import(kind, name, setting)
