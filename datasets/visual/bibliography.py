"""BibTeX entries of the networks and programs that extract visual inputs from pictures."""

from __future__ import annotations

import re

from mnerbench.datasets.bibliography import Reference, shipped_references

# Beginnings of words in the names of sources, the more specific ones first, and the key of their paper. The first match
# of each group counts: a detector is cited with its backbone, but CLIP's vision transformer is not cited as ViT.
_DETECTORS = {"fasterrcnn": "ren-2015-faster-r-cnn", "maskrcnn": "he-2017-mask-r-cnn"}
_NETWORKS = {
    "siglip": "zhai-2023-siglip",
    "clip": "radford-2021-clip",
    "dinov2": "oquab-2023-dinov2",
    "blip2": "li-2023-blip-2",
    "blip-2": "li-2023-blip-2",
    "blip": "li-2022-blip",
    "git": "wang-2022-git",
    "rapidocr": "du-2020-pp-ocr",
    "tesseract": "smith-2007-tesseract",
    "swin-v2": "liu-2022-swin-v2",
    "swinv2": "liu-2022-swin-v2",
    "swin": "liu-2021-swin",
    "vit": "dosovitskiy-2021-vit",
    "resnext": "xie-2017-resnext",
    "wide-resnet": "zagoruyko-2016-wide-resnet",
    "resnet": "he-2016-resnet",
    "densenet": "huang-2017-densenet",
    "efficientnet-v2": "tan-2021-efficientnet-v2",
    "efficientnet": "tan-2019-efficientnet",
    "mobilenet-v2": "sandler-2018-mobilenet-v2",
    "mobilenet-v3": "howard-2019-mobilenet-v3",
    "vgg": "simonyan-2015-vgg",
    "alexnet": "krizhevsky-2012-alexnet",
    "convnext": "liu-2022-convnext",
    "regnet": "radosavovic-2020-regnet",
    "shufflenet": "ma-2018-shufflenet-v2",
    "mnasnet": "tan-2019-mnasnet",
    "squeezenet": "iandola-2016-squeezenet",
}


def source_references(source: str) -> tuple[Reference, ...]:
    """The BibTeX entries of the source of a visual input, by its name; empty if the name tells no known one.

    Args:
        source: as in a suite, such as `resnet152`, `captioner@model=Salesforce/blip-image-captioning-base` or `blip2`.
    """
    words = re.sub(r"[^a-z0-9]+", "-", source.lower())
    matches = (_first(words, group) for group in (_DETECTORS, _NETWORKS))
    return tuple(shipped_references()[key] for key in matches if key is not None)


def _first(words: str, group: dict[str, str]) -> str | None:
    return next((key for start, key in group.items() if re.search(rf"(?:^|-){start}", words)), None)
