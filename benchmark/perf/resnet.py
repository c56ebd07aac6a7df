"""ResNet-152 with random weights, for timing; from transformers if torchvision is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import torch
from torch import Tensor, nn


def resnet152() -> tuple[nn.Module, str]:
    """Build the network up to its last block; also returns its description.

    It maps [pictures, 3, 224, 224] to [pictures, 2048, 7, 7]. Both implementations have 58.1 M weights.
    """
    if find_spec("torchvision") is None:
        return _Blocks().eval(), " with ResNet-152 inside (transformers: torchvision is not installed)"
    from torchvision.models import resnet152 as build

    whole = build(weights=None).eval()
    return nn.Sequential(*list(whole.children())[:-2]), " with ResNet-152 inside"


class _Blocks(nn.Module):
    """The implementation of transformers."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import ResNetConfig, ResNetModel

        self.network = ResNetModel(ResNetConfig(depths=[3, 8, 36, 3]))

    def forward(self, pictures: Tensor) -> Tensor:
        """The last feature map."""
        feature_map: Tensor = self.network(pictures).last_hidden_state
        return feature_map


@contextmanager
def default_tf32() -> Iterator[None]:
    """Compute convolutions with torch's default, TensorFloat-32 on a GPU, as released code does."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = True
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
