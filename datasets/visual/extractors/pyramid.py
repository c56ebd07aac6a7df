"""The maps of all stages of a ResNet in one."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Pyramid(nn.Module):
    """Maps of all stages, averaged to the same cells and put side by side (HVPNeT, Chen et al. 2022).

    Args:
        trunk: layers of a ResNet without its classifier; those that are `nn.Sequential` are its stages.
        side: rows and columns of cells.
    """

    def __init__(self, trunk: nn.Sequential, side: int) -> None:
        super().__init__()
        self.trunk, self._side = trunk, side

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures to [pictures, sum of the stages' channels, side, side], the first stage first."""
        seen, stages = pictures, []
        for layer in self.trunk:
            seen = layer(seen)
            if isinstance(layer, nn.Sequential):
                stages.append(nn.functional.adaptive_avg_pool2d(seen, self._side))
        return torch.cat(stages, 1)
