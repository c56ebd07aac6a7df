"""Random weights that are the same wherever their seed is, and whose activations stay in range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

# ImageNet's, which all of torchvision's networks but two were trained with.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)

_PICTURES = 16


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw initial weights from a seed and leave the generators of the process as they were. For building on CPU."""
    import torch

    # `torch.manual_seed` would also seed the generators of every GPU, which are not put back here.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield


def calibrate(network: nn.Module, run: Callable[[Tensor], object], size: int, seed: int) -> None:
    """Set the running statistics of batch normalisation from one pass over made pictures.

    A fresh network's statistics (mean 0, variance 1) normalise nothing in evaluation mode. Residual blocks then add up
    until activations leave float16, other networks fade to nothing, and all pictures get vectors of nearly the same
    direction. With the statistics of 16 pictures of noise activations have the scale that training would give them. The
    noise is equally strong at every scale, as natural pictures are, and differs in brightness and contrast: white noise
    averages out in the first convolution, and what the statistics have not seen is amplified from layer to layer.

    Args:
        network: whose `BatchNorm2d` are set; in evaluation mode.
        run: takes normalised pictures [16, 3, size, size] through the network.
        size: pixels per side.
        seed: of the noise.
    """
    import torch
    from torch import nn

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        # None: the mean over all batches seen, here that of the one.
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
