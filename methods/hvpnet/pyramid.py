"""Gates that mix the stages of a picture network for each layer of a text encoder (HVPNeT, Chen et al. 2022)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class StageGates(nn.Module):
    """Keys and values for every layer of an encoder, from all stages of a picture network.

    V_s = M_s(LN(stage s)), in the space of words; a_l = softmax(leaky_relu(W_l mean of all V_s over stages and cells)),
    one weight per stage; layer l gets P_l (sum of a_ls V_s), the concatenation of keys and values.

    Args:
        stages: widths of the stages' vectors.
        width: width of the encoder.
        layers: number of layers of the encoder.
    """

    def __init__(self, stages: Sequence[int], width: int, layers: int) -> None:
        super().__init__()
        self._stages, self._layers = list(stages), layers
        self.normalise = nn.ModuleList(nn.LayerNorm(stage_width) for stage_width in stages)
        self.map = nn.ModuleList(nn.Linear(stage_width, width) for stage_width in stages)
        self.gates = nn.Linear(width, layers * len(stages))
        self.give = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))

    def mapped(self, cells: Tensor) -> Tensor:
        """Project all stages into the space of words, [pictures, stages, cells, width]."""
        parts = zip(self.map, self.normalise, torch.split(cells, self._stages, -1), strict=True)
        return torch.stack([into(normalise(part)) for into, normalise, part in parts], 1)

    def shares(self, stages: Tensor) -> Tensor:
        """Weights of the stages in each layer, [pictures, layers, stages]; they sum to one over stages.

        Args:
            stages: output of `mapped`.
        """
        signal = nn.functional.leaky_relu(self.gates(stages.mean((1, 2))))
        shares: Tensor = signal.view(len(stages), self._layers, -1).softmax(-1)
        return shares

    def forward(self, cells: Tensor) -> Tensor:
        """Keys and values, [layers, pictures, cells, 2 * width].

        Args:
            cells: concatenated stage vectors, [pictures, cells, sum of the stages' widths].
        """
        stages = self.mapped(cells)
        mixed = torch.einsum("pls,pscw->lpcw", self.shares(stages), stages)
        return torch.stack([give(layer_input) for give, layer_input in zip(self.give, mixed, strict=True)])
