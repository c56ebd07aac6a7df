"""Correlation-aware fusion of MKGformer (Chen et al. 2022): a summary of the picture per subword, by dot products."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CorrelationFusion(nn.Module):
    """W softmax(context cells^T) cells + b, with unscaled products of vectors of one width.

    Args:
        width: of contexts and cells.
        inner: of the result.
    """

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.map = nn.Linear(width, inner)

    def forward(self, context: Tensor, cells: Tensor, real: Tensor) -> Tensor:
        """Fused vectors, [windows, subwords, inner]; zero for windows without a cell.

        Args:
            context: of the text's self-attention, [windows, subwords, width].
            cells: [windows, cells, width].
            real: True for cells, False for padding, [windows, cells].
        """
        seen = real.any(1, keepdim=True)
        scores = (context @ cells.transpose(1, 2)).masked_fill(~(real | ~seen)[:, None], -torch.inf)
        fused: Tensor = self.map(scores.softmax(-1) @ cells) * seen.unsqueeze(-1)
        return fused
