"""Boxes of a picture through a classification network: one vector per box."""

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
    """A loaded network that looks at boxes.

    Args:
        backbone: the network; its `global` vector is the box's.

    Attributes:
        fields: of a picture's row: `features` [boxes, width].
    """

    def __init__(self, backbone: Backbone) -> None:
        self.backbone = backbone
        width = backbone.fields[0].shape[0]
        self.fields = (Field("features", (-1, width), backbone.card.dtype),)

    def __call__(self, picture: Image, boxes: Sequence[Sequence[float]] | NDArray[Any]) -> NDArray[Any]:
        """Vectors of one picture's boxes, [boxes, width], in their order; see `rows`."""
        found: NDArray[Any] = self.rows([(picture, boxes)])[0].arrays["features"]
        return found

    def rows(self, pictures: Sequence[tuple[Image, Sequence[Sequence[float]] | NDArray[Any]]]) -> list[Row]:
        """Rows of several pictures with their boxes; batches are filled across pictures.

        Args:
            pictures: RGB pictures with boxes [boxes, 4] (x1, y1, x2, y2 in pixels). A box is clipped to its picture and
                widened to whole pixels, at least one; what it shows is resized to the network's square, all of it.

        Raises:
            DataError: boxes that are none.
        """
        boxes = [as_boxes(own) for _, own in pictures]
        crops = (self.crop(picture, box) for (picture, _), own in zip(pictures, boxes, strict=True) for box in own)
        vectors = self._vectors(crops)
        ends = np.cumsum([len(own) for own in boxes])[:-1]
        return [Row({"features": own}) for own in np.split(vectors, ends)]

    def crop(self, picture: Image, box: Boxes) -> Tensor:
        """What a box shows, uint8 [3, size, size]."""
        from torchvision.transforms import functional as transforms

        size = self.backbone.card.size
        resized = transforms.resize(picture.crop(_inside(box, *picture.size)), [size, size])
        pixels: Tensor = transforms.pil_to_tensor(resized)
        return pixels

    def _vectors(self, crops: Iterator[Tensor]) -> NDArray[Any]:
        import torch

        own = self.fields[0]
        found = [np.zeros((0, own.shape[1]), own.dtype)]
        # One batch of crops is in memory, however many boxes there are.
        while batch := list(islice(crops, self.backbone.batch_size)):
            found.append(self.backbone.vectors(torch.stack(batch))[0])
        return np.concatenate(found)


def _inside(box: Boxes, width: int, height: int) -> tuple[int, int, int, int]:
    """Whole pixels of a box within a picture, at least one; of a box beside the picture, the nearest."""
    left = int(np.clip(np.floor(box[0]), 0, width - 1))
    top = int(np.clip(np.floor(box[1]), 0, height - 1))
    right = int(np.clip(np.ceil(box[2]), left + 1, width))
    lower = int(np.clip(np.ceil(box[3]), top + 1, height))
    return left, top, right, lower
