"""A relational graph convolution with a gate (HamLearning eqs. 5-7)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GatedRGCNLayer(nn.Module):
    """v' = phi(sum over neighbours j of W_r(i,j) v_j + b), then v + sigmoid(W [v'; v]) * v'.

    Args:
        width: of node vectors.
        relations: number of relations, including 0 (none).
    """

    def __init__(self, width: int, relations: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.empty(relations - 1, width, width).normal_(0.0, width**-0.5))
        self.bias = nn.Parameter(torch.zeros(width))
        self.gate = nn.Linear(2 * width, width, bias=False)

    def forward(self, nodes: Tensor, relations: Tensor) -> Tensor:
        """Pass messages once.

        Args:
            nodes: [batch, nodes, width].
            relations: relation of node i to node j, 0 for none, [batch, nodes, nodes].

        Returns:
            [batch, nodes, width].
        """
        relation_numbers = torch.arange(1, len(self.weights) + 1, device=relations.device)
        edges = (relations.unsqueeze(-1) == relation_numbers).to(nodes.dtype)
        # Sum the neighbours of each relation first, so that its weights are applied once per node.
        gathered = torch.einsum("bijr,bjw->birw", edges, nodes)
        arrived = torch.relu(torch.einsum("birw,rwv->biv", gathered, self.weights.to(nodes.dtype)) + self.bias)
        gate = torch.sigmoid(self.gate(torch.cat([arrived, nodes], -1)))
        return nodes + gate * arrived
