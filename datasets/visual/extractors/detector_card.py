"""torchvision detectors that give `regions` and `tags`, and their settings. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.coco import COCO
from mnerbench.datasets.visual.extractors.torchvision_card import TorchvisionCard

# Increment when the regions for the same picture and weights change.
VERSION = 2

DETECTORS = (
    "fasterrcnn_resnet50_fpn",
    "fasterrcnn_resnet50_fpn_v2",
    "fasterrcnn_mobilenet_v3_large_fpn",
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "maskrcnn_resnet50_fpn",
    "maskrcnn_resnet50_fpn_v2",
)


class DetectorCard(TorchvisionCard):
    """Settings of a Faster R-CNN or Mask R-CNN (boxes only; masks are not computed).

    Attributes:
        top: maximum number of regions, by score.
        threshold: minimum score of a region. At torchvision's 0.05 nearly every photograph has regions, but a picture
            may have none: its arrays are then empty, which methods must handle.
        labels: class names, ordered by class index.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.REGIONS, InputKind.TAGS)
    names: ClassVar[tuple[str, ...]] = DETECTORS
    role: ClassVar[str] = "detector"
    labels: ClassVar[tuple[str, ...]] = COCO
    weights: str = "COCO_V1"
    top: int = Field(default=36, ge=1, le=1000)
    threshold: float = Field(default=0.05, ge=0, lt=1)

    @property
    def published(self) -> tuple[str, ...]:
        """See the base."""
        return ("COCO_V1",)

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        return {
            "family": "detector",
            "version": VERSION,
            "model": self.model,
            "weights": self.describe_weights(models),
            "top": self.top,
            "threshold": self.threshold,
            "dtype": self.dtype,
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.detector import load_detector

        return load_detector(self, models, device)
