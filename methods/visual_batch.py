"""Padded and masked picture vectors of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from mnerbench.datasets.corpus import ImageRef
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import Features


@dataclass(frozen=True)
class VisualBatch:
    """Pictures of a batch of tweets. A tweet without picture vectors has zeros, and False in the mask.

    Attributes:
        vectors: by kind, [tweets, cells, width]; one cell for `global`, regions by descending score for `regions`.
        masks: by kind, True for vectors, False for padding, [tweets, cells].
        regions: of `regions`: `boxes` [tweets, cells, 4] in pixels (x1 y1 x2 y2), `labels` [tweets, cells], `scores`
            [tweets, cells]; and `sizes` [tweets, 2], width and height of the pictures. Of several pictures of a tweet,
            see `Features.regions`.
        pictured: by kind, indices of the tweets with at least one vector, [tweets with a picture].
    """

    vectors: Mapping[InputKind, Tensor] = field(default_factory=dict)
    masks: Mapping[InputKind, Tensor] = field(default_factory=dict)
    regions: Mapping[str, Tensor] = field(default_factory=dict)
    pictured: Mapping[InputKind, Tensor] = field(default_factory=dict)

    def present(self, kind: InputKind) -> Tensor:
        """True for tweets with at least one vector, [tweets]."""
        return self.masks[kind].any(-1)

    def boxed_regions(self, count: int) -> Tensor:
        """[vector; x1, y1, x2, y2, width, height] of the first `count` regions, [tweets, regions, width + 6].

        Coordinates and lengths are shares of the picture's width and height.
        """
        vectors, boxes = self.vectors[InputKind.REGIONS][:, :count], self.regions["boxes"][:, :count]
        corners = boxes / self.regions["sizes"].repeat(1, 2).unsqueeze(1)
        return torch.cat([vectors, corners, corners[..., 2:] - corners[..., :2]], -1)

    def mapped(self, change: Callable[[Tensor], Tensor]) -> VisualBatch:
        """Apply a function to every tensor."""
        vectors, masks, pictured = (
            {kind: change(tensor) for kind, tensor in tensors.items()}
            for tensors in (self.vectors, self.masks, self.pictured)
        )
        return VisualBatch(vectors, masks, {name: change(tensor) for name, tensor in self.regions.items()}, pictured)


def collate_visual(features: Mapping[InputKind, Features], image_ids: Sequence[ImageRef]) -> VisualBatch:
    """Read picture vectors from their stores and pad them.

    Args:
        features: source of each kind that the method reads.
        image_ids: the picture of each tweet, its pictures, or None.
    """
    vectors, masks = {}, {}
    regions: dict[str, Tensor] = {}
    for kind, source in features.items():
        rows = [source.vectors(image) if source.has(image) else None for image in image_ids]
        cells = source.shape.cells
        if kind is InputKind.REGIONS:
            # Pad to the batch's maximum instead of the corpus's.
            cells = max((len(row) for row in rows if row is not None), default=0) or 1
            regions = _regions(source, image_ids, cells)
        # Fill in the stored dtype, mostly half precision, and convert once: a conversion per picture is slower.
        stored = next((row.dtype for row in rows if row is not None), np.dtype(np.float32))
        padded = np.zeros((len(rows), cells, source.shape.width), stored)
        real = np.zeros((len(rows), cells), np.bool_)
        for tweet, row in enumerate(rows):
            if row is not None:
                padded[tweet, : len(row)] = row
                real[tweet, : len(row)] = True
        vectors[kind], masks[kind] = torch.from_numpy(padded).float(), torch.from_numpy(real)
    # Computed on the host: `nonzero` on a device would synchronise with it.
    pictured = {kind: mask.any(-1).nonzero().squeeze(1) for kind, mask in masks.items()}
    return VisualBatch(vectors, masks, regions, pictured)


def _regions(source: Features, image_ids: Sequence[ImageRef], cells: int) -> dict[str, Tensor]:
    tweets = len(image_ids)
    boxes, labels = np.zeros((tweets, cells, 4), np.float32), np.zeros((tweets, cells), np.int64)
    scores, sizes = np.zeros((tweets, cells), np.float32), np.ones((tweets, 2), np.float32)
    for tweet, image in enumerate(image_ids):
        if not source.has(image):
            continue
        regions = source.regions(image)
        for name, padded in (("boxes", boxes), ("labels", labels), ("scores", scores)):
            padded[tweet, : len(regions[name])] = regions[name]
        sizes[tweet] = regions["sizes"]
    arrays = {"boxes": boxes, "labels": labels, "scores": scores, "sizes": sizes}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
