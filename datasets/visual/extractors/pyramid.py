"""Concatenation of the feature maps of all ResNet stages."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Pyramid(nn.Module):
    """Maps of all stages, average-pooled to the same size and concatenated (HVPNeT, Chen et al. 2022).

    Args:
        trunk: layers of a ResNet without the classifier; its `nn.Sequential` layers are the stages.
        side: rows and columns of the pooled maps.
    """

    def __init__(self, trunk: nn.Sequential, side: int) -> None:
        super().__init__()
        self.trunk, self._side = trunk, side

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps normalised pictures to [pictures, sum of the stages' channels, side, side], first stage first."""
        hidden, stages = pictures, []
        for layer in self.trunk:
            hidden = layer(hidden)
            if isinstance(layer, nn.Sequential):
                stages.append(nn.functional.adaptive_avg_pool2d(hidden, self._side))
        return torch.cat(stages, 1)
