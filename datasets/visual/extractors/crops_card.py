"""Settings of region vectors from crops of user-provided boxes, encoded by a classification network. Imports no torch.

Not an extractor: rows of extractors are keyed by picture alone, these by picture and boxes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.base import description_key
from mnerbench.datasets.visual.extractors.efficientnet_lite_card import EfficientNetLiteCard

if TYPE_CHECKING:
    from mnerbench.datasets.visual.extractors.crops import CropFeatures

# Increment when the vectors for the same picture, boxes and weights change.
VERSION = 2

Boxes = NDArray[np.float32]


class CropCard(BaseModel):
    """Settings of region vectors from crops: maps a picture and boxes to `features` [boxes, width].

    Attributes:
        backbone: the network, with its weights, size and dtype.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    backbone: BackboneCard | EfficientNetLiteCard

    def describe(self, models: Path | None) -> dict[str, Any]:
        """Settings and the digest of the weights, as JSON; see `ExtractorCard.describe`."""
        return {"family": "crops", "version": VERSION, "backbone": self.backbone.describe(models)}

    def key(self, models: Path | None) -> str:
        """Name of the store; see `ExtractorCard.key`."""
        return description_key(self.describe(models))

    def load(self, models: Path | None, device: str) -> CropFeatures:
        """Load the network; raises the errors of `BackboneCard.load`."""
        from mnerbench.datasets.visual.extractors.crops import CropFeatures

        return CropFeatures(self.backbone.load(models, device))


def as_boxes(boxes: Sequence[Sequence[float]] | NDArray[Any]) -> Boxes:
    """Convert boxes to float32 [boxes, 4]: x1, y1, x2, y2 in pixels of the upright picture; [0, 4] if there are none.

    Raises:
        DataError: the shape is wrong, a value is not finite, or x2 < x1 or y2 < y1.
    """
    array: Boxes = np.asarray(boxes, dtype=np.float32)
    if array.size == 0:
        return np.zeros((0, 4), np.float32)
    remedy = "boxes are x1, y1, x2, y2 in pixels with x1 <= x2 and y1 <= y2"
    if array.ndim != 2 or array.shape[1] != 4:
        raise DataError(f"boxes have the shape {list(array.shape)} instead of [boxes, 4]\n  -> {remedy}")
    wrong = ~np.isfinite(array).all(1) | (array[:, 2] < array[:, 0]) | (array[:, 3] < array[:, 1])
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(f"box {first} is {array[first].tolist()}\n  -> {remedy}")
    return array


def row_key(picture_digest: str, boxes: Sequence[Sequence[float]] | NDArray[Any]) -> str:
    """Key of the row that stores the vectors of a picture's boxes.

    Args:
        picture_digest: sha256 of the picture file's bytes.
        boxes: [boxes, 4], in the order of the vectors.

    Returns:
        sha256 over picture and boxes (as float32), in hex.
    """
    digest = hashlib.sha256(f"{picture_digest}\n".encode())
    digest.update(np.ascontiguousarray(as_boxes(boxes), dtype="<f4").tobytes())
    return digest.hexdigest()
