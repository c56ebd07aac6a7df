"""Reproducible random weights with activations of a realistic scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

# ImageNet's statistics; all but two of torchvision's networks were trained with them.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)

_PICTURES = 16


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's CPU generator and restore its state afterwards; for building networks on the CPU."""
    import torch

    # `torch.manual_seed` would also seed the GPUs' generators, which are not restored here.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def calibrate(network: nn.Module, run: Callable[[Tensor], object], size: int, seed: int) -> None:
    """Set the running statistics of batch normalisation from one pass over synthetic pictures.

    The initial statistics (mean 0, variance 1) normalise nothing in evaluation mode: activations of residual networks
    grow beyond float16, those of other networks vanish, and all pictures get vectors of nearly the same direction. With
    the statistics of 16 noise pictures, activations have a scale as after training. The noise has equal power at every
    scale, as natural pictures have, and varies in brightness and contrast: white noise would average out in the first
    convolution, and variation absent from the statistics is amplified from layer to layer.

    Args:
        network: the network whose `BatchNorm2d` layers are set; in evaluation mode.
        run: runs normalised pictures [16, 3, size, size] through the network.
        size: pixels per side.
        seed: seed of the noise.
    """
    import torch
    from torch import nn

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        # None: cumulative average, here over a single batch.
        norm.momentum = None
        norm.train()
    with torch.inference_mode():
        run(_noise(size, seed))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()


def _noise(size: int, seed: int) -> Tensor:
    import torch

    generator = torch.Generator().manual_seed(seed)
    pictures = torch.zeros(_PICTURES, 3, size, size)
    cells = 1
    while cells <= size:
        coarse = torch.randn(_PICTURES, 3, cells, cells, generator=generator)
        pictures += torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic")
        cells *= 2
    pictures /= pictures.std((1, 2, 3), keepdim=True)
    contrast, brightness = torch.rand(2, _PICTURES, 1, 1, 1, generator=generator)
    pictures = (0.4 * contrast * pictures + brightness).clamp(0, 1)
    normalised: Tensor = (pictures - torch.tensor(MEAN)[:, None, None]) / torch.tensor(DEVIATION)[:, None, None]
    return normalised
