"""The vectors of a batch's pictures, padded, with what is real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import Features


@dataclass(frozen=True)
class VisualBatch:
    """Some tweets' pictures. A tweet without a picture (or without vectors of it) has zeros, and a mask that says so.

    Attributes:
        vectors: by kind, [tweets, cells, width]; cells are 1 for `global`, regions by falling score for `regions`.
        masks: by kind, True for real vectors, [tweets, cells].
        regions: of `regions`: `boxes` [tweets, cells, 4] in pixels (x1 y1 x2 y2), `labels` [tweets, cells], `scores`
            [tweets, cells]; and `sizes` [tweets, 2], width and height of the pictures.
        pictured: by kind, numbers of the tweets of whose picture there is at least one vector, [some tweets].
    """

    vectors: Mapping[InputKind, Tensor] = field(default_factory=dict)
    masks: Mapping[InputKind, Tensor] = field(default_factory=dict)
    regions: Mapping[str, Tensor] = field(default_factory=dict)
    pictured: Mapping[InputKind, Tensor] = field(default_factory=dict)

    def present(self, kind: InputKind) -> Tensor:
        """Tweets of whose picture there is at least one vector, [tweets]."""
        return self.masks[kind].any(-1)

    def mapped(self, change: Callable[[Tensor], Tensor]) -> VisualBatch:
        """The same of changed tensors."""
        vectors, masks, pictured = (
            {kind: change(tensor) for kind, tensor in tensors.items()}
            for tensors in (self.vectors, self.masks, self.pictured)
        )
        return VisualBatch(vectors, masks, {name: change(tensor) for name, tensor in self.regions.items()}, pictured)


def collate_visual(features: Mapping[InputKind, Features], image_ids: Sequence[str | None]) -> VisualBatch:
    """Read the vectors of some pictures from their stores.

    Args:
        features: the kinds that a method reads.
        image_ids: the picture of each tweet; None for none.
    """
    vectors, masks = {}, {}
    regions: dict[str, Tensor] = {}
    for kind, source in features.items():
        rows = [source.vectors(image) if image is not None and source.has(image) else None for image in image_ids]
        cells = source.shape.cells
        if kind is InputKind.REGIONS:
            # Not the most that any picture of the corpus has: what this batch needs.
            cells = max((len(row) for row in rows if row is not None), default=0) or 1
            regions = _regions(source, image_ids, cells)
        # Filled as stored, most in half precision, and widened in one go: a copy per picture costs more than the disk.
        stored = next((row.dtype for row in rows if row is not None), np.dtype(np.float32))
        padded = np.zeros((len(rows), cells, source.shape.width), stored)
        real = np.zeros((len(rows), cells), np.bool_)
        for place, row in enumerate(rows):
            if row is not None:
                padded[place, : len(row)] = row
                real[place, : len(row)] = True
        vectors[kind], masks[kind] = torch.from_numpy(padded).float(), torch.from_numpy(real)
    # Counted here, on the host: asked of a device, the number of pictures would make it wait.
    pictured = {kind: mask.any(-1).nonzero().squeeze(1) for kind, mask in masks.items()}
    return VisualBatch(vectors, masks, regions, pictured)


def _regions(source: Features, image_ids: Sequence[str | None], cells: int) -> dict[str, Tensor]:
    tweets = len(image_ids)
    boxes, labels = np.zeros((tweets, cells, 4), np.float32), np.zeros((tweets, cells), np.int64)
    scores, sizes = np.zeros((tweets, cells), np.float32), np.ones((tweets, 2), np.float32)
    for place, image in enumerate(image_ids):
        if image is None or not source.has(image):
            continue
        for name, padded in (("boxes", boxes), ("labels", labels), ("scores", scores)):
            found = source.array(image, name)
            padded[place, : len(found)] = found
        sizes[place] = source.facts(image)["size"]
    arrays = {"boxes": boxes, "labels": labels, "scores": scores, "sizes": sizes}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
