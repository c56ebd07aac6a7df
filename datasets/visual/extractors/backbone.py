"""Classification networks of torchvision: the last feature map (or all stages') as `grid`, its mean as `global`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.inference import inference_context, to_numpy, trim_long_side
from mnerbench.datasets.visual.extractors.random_weights import DEVIATION, MEAN, calibrate, seeded
from mnerbench.datasets.visual.extractors.torchvision_card import RANDOM
from mnerbench.datasets.visual.extractors.torchvision_weights import load_weights, trained_weights
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from mnerbench.datasets.visual.extractors.efficientnet_lite_card import EfficientNetLiteCard

# Children of torchvision's networks from the pooling layer on; all preceding layers compute the last feature map.
_AFTER = ("avgpool", "classifier", "fc", "head", "heads")


class Backbone(Extractor):
    """A network without its classifier.

    Args:
        network: maps normalised pictures [pictures, 3, size, size] to a feature map [pictures, width, rows, columns];
            a vision transformer to `tokens` [pictures, 1 + cells, width], the class token first.
        card: its settings.
        device: device of the network.
        normalisation: mean and standard deviation of each colour, of pixels from 0 to 1; default: ImageNet's.
    """

    def __init__(
        self,
        network: nn.Module,
        card: BackboneCard | EfficientNetLiteCard,
        device: str,
        normalisation: tuple[Sequence[float], Sequence[float]] = (MEAN, DEVIATION),
    ) -> None:
        self.network, self.card, self.device = network, card, device
        self.batch_size = 64 if device.startswith("cuda") else 8
        shape = (3, 1, 1)
        self._mean, self._deviation = (torch.tensor(values, device=device).view(shape) for values in normalisation)
        whole, grid = self.vectors(torch.zeros(1, 3, card.size, card.size, dtype=torch.uint8))
        self.fields = (Field("global", whole.shape[1:], card.dtype), Field("grid", grid.shape[1:], card.dtype))

    def prepare(self, picture: Image) -> Any:
        """Resize a picture as the card says: uint8 [3, size, size]."""
        from torchvision.transforms import functional as transforms

        size = self.card.size
        if self.card.resize == "squash":
            return transforms.pil_to_tensor(transforms.resize(picture, [size, size]))
        resized = transforms.resize(trim_long_side(picture), [size * 256 // 224])
        return transforms.pil_to_tensor(transforms.center_crop(resized, [size]))

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        """See the base."""
        whole, grid = self.vectors(torch.stack(list(prepared)))
        return [Row({"global": vector, "grid": cells}) for vector, cells in zip(whole, grid, strict=True)]

    def vectors(self, pixels: Tensor) -> tuple[NDArray[Any], NDArray[Any]]:
        """Compute vectors of pictures at the network's input size.

        Args:
            pixels: uint8 [pictures, 3, size, size].

        Returns:
            global [pictures, width] and grid [pictures, cells, width], cells row by row from the upper left.
        """
        with inference_context(self.device, self.card.precision):
            pictures = (pixels.to(self.device).float() / 255 - self._mean) / self._deviation
            output = self.network(pictures)
        if self.card.patch:
            whole, grid = output["tokens"][:, 0], output["tokens"][:, 1:]
        else:
            grid = output.float().flatten(2).transpose(1, 2)
            whole = grid.mean(1)
        return to_numpy(whole, self.card.dtype), to_numpy(grid, self.card.dtype)


class Pyramid(nn.Module):
    """Maps of all stages, average-pooled to the same size and concatenated (HVPNeT, Chen et al. 2022).

    Args:
        trunk: layers of a ResNet without the classifier; its `nn.Sequential` layers are the stages.
        side: rows and columns of the pooled maps.
    """

    def __init__(self, trunk: nn.Sequential, side: int) -> None:
        super().__init__()
        self.trunk, self._side = trunk, side

    def forward(self, pictures: Tensor) -> Tensor:
        """Maps normalised pictures to [pictures, sum of the stages' channels, side, side], first stage first."""
        hidden, stages = pictures, []
        for layer in self.trunk:
            hidden = layer(hidden)
            if isinstance(layer, nn.Sequential):
                stages.append(nn.functional.adaptive_avg_pool2d(hidden, self._side))
        return torch.cat(stages, 1)


def load_backbone(card: BackboneCard, models: Path | None, device: str) -> Backbone:
    """Build a network, load its weights and move it to a device. Leaves the global random generators unchanged.

    Raises:
        DataError: the weights file does not fit the network.
        MissingInputError: the weights cannot be found.
    """
    from torchvision.models import get_model

    settings = {"image_size": card.size} if card.patch else {}
    with seeded(card.seed):
        model = get_model(card.model, weights=None, **settings).eval()
    if card.weights != RANDOM:
        load_weights(model, trained_weights(card, models), card, unused=_AFTER)
    network = _without_classifier(model, card)
    if card.weights == RANDOM:
        calibrate(network, network, card.size, card.seed)
    if card.pyramid:
        network = Pyramid(cast("nn.Sequential", network), card.pyramid).eval()
    return Backbone(network.to(device), card, device)


def _without_classifier(model: nn.Module, card: BackboneCard) -> nn.Module:
    from torchvision.models.feature_extraction import create_feature_extractor

    if card.patch:
        tokens: nn.Module = create_feature_extractor(model, {"encoder.ln": "tokens"})
        return tokens
    layers = [child for _, child in takewhile(lambda item: item[0] not in _AFTER, model.named_children())]
    if card.model.startswith("densenet"):
        # torchvision applies this ReLU functionally, between features and pooling.
        layers.append(nn.ReLU())
    return nn.Sequential(*layers).eval()
