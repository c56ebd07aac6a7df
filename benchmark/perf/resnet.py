"""ResNet-152 with random weights, to be timed: torchvision's, or transformers' where torchvision is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import torch
from torch import Tensor, nn


def resnet152() -> tuple[nn.Module, str]:
    """The network up to its last block, and what to call it.

    Pictures [pictures, 3, 224, 224] become [pictures, 2048, 7, 7]. Both have the same layers, of 58.1 M weights.
    """
    if find_spec("torchvision") is None:
        return _Blocks().eval(), " with ResNet-152 inside (transformers: torchvision is not installed)"
    from torchvision.models import resnet152 as build

    whole = build(weights=None).eval()
    return nn.Sequential(*list(whole.children())[:-2]), " with ResNet-152 inside"


class _Blocks(nn.Module):
    """transformers' implementation."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import ResNetConfig, ResNetModel

        self.network = ResNetModel(ResNetConfig(depths=[3, 8, 36, 3]))

    def forward(self, pictures: Tensor) -> Tensor:
        """The last feature map."""
        found: Tensor = self.network(pictures).last_hidden_state
        return found


@contextmanager
def as_torch_computes() -> Iterator[None]:
    """Convolutions as torch has them unless told otherwise, in TensorFloat-32 on a GPU: so released code computes."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = True
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
