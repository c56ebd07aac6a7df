"""Word dropout: zeroes whole word vectors (Gal and Ghahramani 2016, applied to words)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class WordDropout(nn.Module):
    """Sets vectors of units to zero in training, each with the same probability, without rescaling the others.

    Args:
        share: probability that a unit is dropped. At 0 no random number is drawn.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, units: Tensor) -> Tensor:
        """Drop units.

        Args:
            units: [tweets, units, width].
        """
        if not self.training or not self.share:
            return units
        keep = torch.rand(units.shape[:2], device=units.device) >= self.share
        return units * keep.unsqueeze(-1)
