"""Which stages of a picture network each layer of a text encoder listens to (HVPNeT, Chen et al. 2022)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class StageGates(nn.Module):
    """Keys and values for every layer of an encoder, from all stages of a picture network.

    V_s = M_s(LN(stage s)), in the space of words; a_l = softmax(leaky_relu(W_l mean of all V_s over stages and cells)),
    one number per stage; what layer l is given is P_l (sum of a_ls V_s), keys beside values.

    Args:
        stages: widths of the stages' vectors.
        width: of the encoder.
        layers: of the encoder.
    """

    def __init__(self, stages: Sequence[int], width: int, layers: int) -> None:
        super().__init__()
        self._stages, self._layers = list(stages), layers
        self.normalise = nn.ModuleList(nn.LayerNorm(own) for own in stages)
        self.map = nn.ModuleList(nn.Linear(own, width) for own in stages)
        self.gates = nn.Linear(width, layers * len(stages))
        self.give = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))

    def mapped(self, cells: Tensor) -> Tensor:
        """All stages in the space of words, [pictures, stages, cells, width]."""
        parts = zip(self.map, self.normalise, torch.split(cells, self._stages, -1), strict=True)
        return torch.stack([into(normalise(part)) for into, normalise, part in parts], 1)

    def shares(self, stages: Tensor) -> Tensor:
        """How much each layer takes of each stage, [pictures, layers, stages]; sums to one over stages.

        Args:
            stages: of `mapped`.
        """
        signal = nn.functional.leaky_relu(self.gates(stages.mean((1, 2))))
        shares: Tensor = signal.view(len(stages), self._layers, -1).softmax(-1)
        return shares

    def forward(self, cells: Tensor) -> Tensor:
        """[layers, pictures, cells, 2 * width].

        Args:
            cells: vectors whose parts are the stages, [pictures, cells, sum of their widths].
        """
        stages = self.mapped(cells)
        mixed = torch.einsum("pls,pscw->lpcw", self.shares(stages), stages)
        return torch.stack([give(own) for give, own in zip(self.give, mixed, strict=True)])
