"""HamLearning's semantic (ViT) and spatial (R-GCN) views of a picture's objects; §3.1.2."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.features import FeatureShape
from mnerbench.methods.hamlearning.card import HamLearningConfig
from mnerbench.methods.hamlearning.rgcn import GatedRGCNLayer
from mnerbench.methods.hamlearning.spatial import RELATIONS, geometry, spatial_relations, with_whole_picture
from mnerbench.methods.layers.transformer import TransformerStack
from mnerbench.methods.visual_batch import VisualBatch


class ObjectViews(nn.Module):
    """Vectors of [whole picture, objects] per view (eqs. 2-7).

    Args:
        config: numbers of objects and layers, and the enabled views.
        visual: shapes of `global` and `regions`.
        shape: width, heads, inner width and dropout of the transformers.
    """

    def __init__(
        self,
        config: HamLearningConfig,
        visual: Mapping[InputKind, FeatureShape],
        shape: tuple[int, int, int, float],
    ) -> None:
        super().__init__()
        self._objects, width = config.objects, shape[0]
        regions = visual[InputKind.REGIONS]
        self.whole = nn.Linear(visual[InputKind.GLOBAL].width, width)
        self.object = nn.Linear(regions.width, width)
        # The first embedding is for objects without a name, whose label is -1.
        self.names = nn.Embedding(1 + len(regions.labels), width)
        self.name = nn.Linear(width, width, bias=False)
        self.semantic = TransformerStack(config.vit_layers, *shape) if config.semantic else None
        self.place = nn.Linear(4 + width, width) if config.spatial else None
        layers = config.rgcn_layers if config.spatial else 0
        self.spatial = nn.ModuleList(GatedRGCNLayer(width, RELATIONS) for _ in range(layers))
        self.count = int(config.semantic) + int(config.spatial)

    def forward(self, visual: VisualBatch) -> tuple[list[Tensor], Tensor]:
        """Views in the order semantic, spatial, each [tweets, 1 + objects, width]; and the mask of objects.

        Regions are sorted by descending score, so the first ones have the highest scores.
        """
        first = slice(0, self._objects)
        real = visual.masks[InputKind.REGIONS][:, first] & visual.present(InputKind.GLOBAL)[:, None]
        boxes = visual.regions["boxes"][:, first]
        whole = self.whole(visual.vectors[InputKind.GLOBAL])
        objects = self.object(visual.vectors[InputKind.REGIONS][:, first])
        names = visual.regions["labels"][:, first].masked_fill(~real, -1)  # padding may have an invalid label
        objects = objects + self.name(self.names(1 + names))
        nodes = torch.cat([whole, objects], 1)
        views = []
        if self.semantic is not None:
            views.append(self.semantic(nodes, nn.functional.pad(real, (1, 0), value=True)))
        if self.place is not None:
            views.append(self._spatial(nodes, boxes, visual.regions["sizes"], real))
        return views, real

    def _spatial(self, nodes: Tensor, boxes: Tensor, sizes: Tensor, real: Tensor) -> Tensor:
        """Eqs. 5-7 over [x, y, h, w, v]; the whole picture is a box that fills the frame."""
        assert self.place is not None
        frame = torch.cat([torch.zeros_like(sizes), sizes], -1)[:, None]
        placed = torch.cat([geometry(torch.cat([frame, boxes], 1), sizes).to(nodes.dtype), nodes], -1)
        states: Tensor = self.place(placed)
        relations = with_whole_picture(spatial_relations(boxes, sizes, real), real)
        for layer in self.spatial:
            states = layer(states, relations)
        return states
