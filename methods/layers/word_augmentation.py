"""Further word vectors, read into the states of subwords (MGCMT, Liu et al. 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mnerbench.methods.base.choices import Augmentation
from mnerbench.methods.layers.visual_attention import MixingGate


class WordAugmentation(nn.Module):
    """Adds W v + b to a state, or mixes both by a gate; states without a vector stay as they are.

    Args:
        vectors: width of the vectors v.
        width: of states.
        how: added or gated (`MixingGate`).
    """

    def __init__(self, vectors: int, width: int, how: Augmentation) -> None:
        super().__init__()
        self.read = nn.Linear(vectors, width)
        self.gate = MixingGate(width) if how is Augmentation.GATED else None

    def forward(self, states: Tensor, vectors: Tensor, real: Tensor) -> Tensor:
        """[batch, states, width].

        Args:
            states: [batch, states, width].
            vectors: [batch, states, width of vectors].
            real: True where there is a vector, [batch, states].
        """
        read = self.read(vectors)
        augmented = states + read if self.gate is None else self.gate(states, read)
        return torch.where(real[..., None], augmented, states)
