"""From what a user types to an extractor's card: `resnet152`, `resnet18@weights=random`, `captioner@model=DIR`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from mnerbench.datasets.errors import ConfigError, near, suggestion
from mnerbench.datasets.visual.extractors.backbone_card import FAMILIES, BackboneCard
from mnerbench.datasets.visual.extractors.base import ExtractorCard
from mnerbench.datasets.visual.extractors.captioner_card import CaptionerCard
from mnerbench.datasets.visual.extractors.crops_card import CropCard
from mnerbench.datasets.visual.extractors.detector_card import DETECTORS, DetectorCard
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.extractors.vision_card import VisionCard

# Extractors whose name says what they do; the others are named by their network.
_BY_TASK: Mapping[str, type[ExtractorCard]] = {
    "vision": VisionCard,
    "captioner": CaptionerCard,
    "tesseract": OcrCard,
}


# Not an extractor, whose boxes come from a file; named like one where regions are asked for.
CROPS = "crops"


_REMEDY = "  -> benchmark list extractors   says what their settings are"


def parse_extractor(text: str) -> ExtractorCard:
    """The card that a text names.

    Args:
        text: a name, and after `@` settings as `name=value`, joined by commas. A value may hold anything but a comma.

    Raises:
        ConfigError: an unknown name or setting, a value that is not valid, or a setting that is missing.
    """
    name, _, rest = text.strip().partition("@")
    kind, fixed = _kind(name, text)
    settings: dict[str, Any] = dict(fixed)
    given = set(kind.model_fields) - set(fixed)
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals:
            raise ConfigError(f"extractor {text!r}: {part!r} is no setting\n  -> {name}@setting=value,setting=value")
        if key not in given:
            raise ConfigError(f"extractor {name!r} has no setting {key!r}{suggestion(key, given)}\n{_REMEDY}")
        if key in settings:
            raise ConfigError(f"extractor {text!r}: {key} is given twice\n  -> keep one of them")
        settings[key] = value.strip()
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        raise _plain(name, error) from error


def parse_crops(text: str) -> CropCard:
    """The card of region vectors from crops: `crops@model=resnet152`, with the backbone's settings after its model.

    Raises:
        ConfigError: as `parse_extractor`, or the model is not a backbone.
    """
    first, _, rest = text.partition("@")[2].partition(",")
    key, _, model = first.partition("=")
    if key != "model" or model not in BackboneCard.names:
        raise ConfigError(
            f"{text!r}: no backbone {model!r}{_meant(model)}\n"
            f"  -> {CROPS}@model=resnet152,weights=...; all: benchmark list extractors"
        )
    card = parse_extractor(f"{model}@{rest}")
    assert isinstance(card, BackboneCard)
    return CropCard(backbone=card)


def is_extractor(text: str) -> bool:
    """Whether a text begins with the name of an extractor; its settings are not looked at."""
    name = text.strip().partition("@")[0]
    return name in _BY_TASK or name in DETECTORS or name in BackboneCard.names


def _kind(name: str, text: str) -> tuple[type[ExtractorCard], dict[str, str]]:
    """The class of a card, and what the name has already set."""
    if name in _BY_TASK:
        return _BY_TASK[name], {}
    if name in DETECTORS:
        return DetectorCard, {"model": name}
    if name in BackboneCard.names:
        return BackboneCard, {"model": name}
    raise ConfigError(f"extractor {name!r} (in {text!r}) is not known{_meant(name)}\n  -> benchmark list extractors")


def extractor_names() -> list[str]:
    """Every name that an extractor has."""
    return [*_BY_TASK, *DETECTORS, *BackboneCard.names]


def _meant(name: str) -> str:
    """The nearest names, else one of each kind: all of them are too many to read."""
    names = extractor_names()
    if found := near(name, names):
        return f"; did you mean {' or '.join(map(repr, found))}?"
    some = ("resnet152", "fasterrcnn_resnet50_fpn", *_BY_TASK)
    return f"; valid: {', '.join(some)} and {len(names) - len(some)} more"


def _plain(name: str, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    setting = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return ConfigError(f"extractor {name!r} needs the setting {setting}\n  -> {name}@{setting}=...")
    return ConfigError(f"extractor {name!r}, setting {setting} = {first['input']!r}: {first['msg']}\n{_REMEDY}")


def extractor_rows() -> list[dict[str, Any]]:
    """What can be named, for a table: `extractor` (names), `what`, `inputs` (kinds it makes), `needs`."""
    network = "torchvision; weights: published (downloaded once), a file, or random"
    hub = "model=NAME or DIR: on this machine, or downloaded once"
    rows = [
        _row(names, f"{family}, a classification network", BackboneCard, network) for family, names in FAMILIES.items()
    ]
    rows.append(_row(DETECTORS, "boxes, classes of COCO and region vectors", DetectorCard, network))
    boxes = [own.value for own in DetectorCard.kinds[:1]]
    rows.append(
        {"extractor": [CROPS], "what": "vectors of the boxes in boxes.jsonl", "inputs": boxes, "needs": network}
    )
    rows.append(_row(("vision",), "a vision encoder: CLIP, SigLIP, ViT, DINOv2, ...", VisionCard, hub))
    rows.append(_row(("captioner",), "a captioner: BLIP, BLIP-2, GIT, VisionEncoderDecoder", CaptionerCard, hub))
    program = "the program tesseract (apt-get install tesseract-ocr)"
    rows.append(_row(("tesseract",), "text that is in the picture", OcrCard, program))
    return rows


def _row(names: tuple[str, ...], what: str, kind: type[ExtractorCard], needs: str) -> dict[str, Any]:
    return {"extractor": list(names), "what": what, "inputs": [own.value for own in kind.kinds], "needs": needs}
