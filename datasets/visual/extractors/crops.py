"""Vectors of a picture's boxes: each crop is encoded by a classification network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.visual.extractors.backbone import Backbone
from mnerbench.datasets.visual.extractors.crops_card import Boxes, as_boxes
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor


class CropFeatures:
    """A loaded network that encodes boxes.

    Args:
        backbone: the network; its `global` vector of a crop is the vector of the box.

    Attributes:
        fields: the field of a picture's row: `features` [boxes, width].
    """

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        width = backbone.fields[0].shape[0]
        self.fields = (Field("features", (-1, width), backbone.card.dtype),)

    def __call__(self, picture: Image, boxes: Sequence[Sequence[float]] | NDArray[Any]) -> NDArray[Any]:
        """Vectors of one picture's boxes, [boxes, width], in their order; see `rows`."""
        vectors: NDArray[Any] = self.rows([(picture, boxes)])[0].arrays["features"]
        return vectors

    def rows(self, pictures: Sequence[tuple[Image, Sequence[Sequence[float]] | NDArray[Any]]]) -> list[Row]:
        """Rows of several pictures with their boxes; batches are filled across pictures.

        Args:
            pictures: RGB pictures with boxes [boxes, 4] (x1, y1, x2, y2 in pixels). A box is clipped to its picture and
                widened to whole pixels, at least one; the entire crop is resized to the network's input size.

        Raises:
            DataError: boxes are invalid.
        """
        boxes = [as_boxes(corners) for _, corners in pictures]
        crops = (
            self.crop(picture, box) for (picture, _), corners in zip(pictures, boxes, strict=True) for box in corners
        )
        vectors = self._vectors(crops)
        ends = np.cumsum([len(corners) for corners in boxes])[:-1]
        return [Row({"features": part}) for part in np.split(vectors, ends)]

    def crop(self, picture: Image, box: Boxes) -> Tensor:
        """The resized crop of a box, uint8 [3, size, size]."""
        from torchvision.transforms import functional as transforms

        size = self.backbone.card.size
        resized = transforms.resize(picture.crop(_pixel_bounds(box, *picture.size)), [size, size])
        pixels: Tensor = transforms.pil_to_tensor(resized)
        return pixels

    def _vectors(self, crops: Iterator[Tensor]) -> NDArray[Any]:
        import torch

        field = self.fields[0]
        vectors = [np.zeros((0, field.shape[1]), field.dtype)]
        # Only one batch of crops is in memory at a time.
        while batch := list(islice(crops, self.backbone.batch_size)):
            vectors.append(self.backbone.vectors(torch.stack(batch))[0])
        return np.concatenate(vectors)


def _pixel_bounds(box: Boxes, width: int, height: int) -> tuple[int, int, int, int]:
    """A box clipped to the picture and widened to whole pixels, at least one; the nearest pixel if it lies outside."""
    left = int(np.clip(np.floor(box[0]), 0, width - 1))
    top = int(np.clip(np.floor(box[1]), 0, height - 1))
    right = int(np.clip(np.ceil(box[2]), left + 1, width))
    lower = int(np.clip(np.ceil(box[3]), top + 1, height))
    return left, top, right, lower
