"""Which classification networks of torchvision give `global` and `grid` vectors, and how. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor, Precision
from mnerbench.datasets.visual.extractors.torchvision_card import TorchvisionCard

# Raised when the same picture and weights would give other vectors than before.
VERSION = 2

# By family, in torchvision's spelling. Not here: networks with side outputs (googlenet, inception_v3) and maxvit_t,
# which accepts one size only.
FAMILIES: dict[str, tuple[str, ...]] = {
    "ResNet": ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    "ResNeXt": ("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"),
    "Wide ResNet": ("wide_resnet50_2", "wide_resnet101_2"),
    "DenseNet": ("densenet121", "densenet161", "densenet169", "densenet201"),
    "EfficientNet": (
        *(f"efficientnet_b{number}" for number in range(8)),
        *(f"efficientnet_v2_{letter}" for letter in "sml"),
    ),
    "MobileNet": ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"),
    "VGG": tuple(f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")),
    "AlexNet": ("alexnet",),
    "ConvNeXt": ("convnext_tiny", "convnext_small", "convnext_base", "convnext_large"),
    "RegNet": (
        *(f"regnet_x_{flops}" for flops in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf")),
        *(f"regnet_y_{flops}" for flops in ("400mf", "800mf", "1_6gf", "3_2gf", "8gf", "16gf", "32gf", "128gf")),
    ),
    "ShuffleNet": tuple(f"shufflenet_v2_x{width}" for width in ("0_5", "1_0", "1_5", "2_0")),
    "MNASNet": tuple(f"mnasnet{width}" for width in ("0_5", "0_75", "1_0", "1_3")),
    "SqueezeNet": ("squeezenet1_0", "squeezenet1_1"),
    "Swin": ("swin_t", "swin_s", "swin_b", "swin_v2_t", "swin_v2_s", "swin_v2_b"),
    "ViT": ("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"),
}

_FIRST, _SECOND = "IMAGENET1K_V1", "IMAGENET1K_V2"
_SWAG = ("IMAGENET1K_SWAG_E2E_V1", "IMAGENET1K_SWAG_LINEAR_V1")
_TWICE = (
    *("resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d"),
    *("wide_resnet50_2", "wide_resnet101_2", "efficientnet_b1", "mobilenet_v2", "mobilenet_v3_large"),
    *FAMILIES["RegNet"],
)
# Weights that torchvision publishes, of the models of which there are others than the first.
_PUBLISHED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_TWICE, (_FIRST, _SECOND)),
    **dict.fromkeys(("regnet_y_16gf", "regnet_y_32gf"), (_FIRST, _SECOND, *_SWAG)),
    **dict.fromkeys(("vit_b_16", "vit_l_16"), (_FIRST, *_SWAG)),
    **dict.fromkeys(("regnet_y_128gf", "vit_h_14"), _SWAG),
    "vgg16": (_FIRST, "IMAGENET1K_FEATURES"),
}
# Channels of the four stages, of networks whose blocks have two convolutions and of those whose have three.
_STAGES = {"resnet18": (64, 128, 256, 512), "resnet34": (64, 128, 256, 512)}
_DEEP = (256, 512, 1024, 2048)
_STAGED = ("ResNet", "ResNeXt", "Wide ResNet")
_NORMALISED_OTHERWISE = {("efficientnet_v2_l", _FIRST), ("vgg16", "IMAGENET1K_FEATURES")}


class BackboneCard(TorchvisionCard):
    """Settings of a classification network.

    A picture's shorter side is resized to `size` * 256 / 224, the centre `size` x `size` is cut out and normalised as
    ImageNet's, whatever torchvision pairs the weights with; the network is in evaluation mode. (UMT's and MAF's code
    instead draws one random crop and flip per picture and leaves batch normalisation in training mode, so that a
    picture's vectors depend on chance and on the pictures beside it; METHODS.md, "Shared facts".)

    Attributes:
        size: pixels per side of what the network sees. Vision transformers accept the size of their weights only.
        precision: of the arithmetic, on every device; with `float16` or `bfloat16` mixed, which a GPU is faster with.
        pyramid: of a ResNet the maps of all four stages, each averaged to so many rows and columns, side by side in one
            vector per cell, as HVPNeT reads them; 0 for the last map alone, as it is.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    names: ClassVar[tuple[str, ...]] = tuple(name for family in FAMILIES.values() for name in family)
    what: ClassVar[str] = "backbone"
    weights: str = _FIRST
    size: int = Field(default=224, ge=64, le=1024)
    precision: Precision = "float32"
    pyramid: int = Field(default=0, ge=0, le=7)

    @model_validator(mode="after")
    def _has_stages(self) -> BackboneCard:
        if self.pyramid and not any(self.model in FAMILIES[family] for family in _STAGED):
            raise ConfigError(
                f"{self.model}: pyramid is of networks with four stages\n  -> take a ResNet, or pyramid=0"
            )
        return self

    @model_validator(mode="after")
    def _whole_patches(self) -> BackboneCard:
        if self.patch and self.size % self.patch:
            raise ConfigError(
                f"{self.model}: size {self.size} is not a whole number of its patches of {self.patch} pixels\n"
                f"  -> a multiple of {self.patch}, and for trained weights the size that they were trained with"
            )
        return self

    @model_validator(mode="after")
    def _as_imagenet(self) -> BackboneCard:
        if (self.model, self.weights) in _NORMALISED_OTHERWISE:
            raise ConfigError(
                f"{self.model}: weights {self.weights} want pictures that are not normalised as ImageNet's\n"
                "  -> take other weights or another backbone"
            )
        return self

    @property
    def published(self) -> tuple[str, ...]:
        """See the base."""
        return _PUBLISHED.get(self.model, (_FIRST,))

    @property
    def patch(self) -> int:
        """Pixels per side of a vision transformer's patch; 0 for the other networks."""
        return int(self.model.rpartition("_")[2]) if self.model in FAMILIES["ViT"] else 0

    @property
    def parts(self) -> tuple[int, ...]:
        """See the base."""
        return _STAGES.get(self.model, _DEEP) if self.pyramid else ()

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        # Absent where it changes nothing: vectors that were made before there were pyramids stay known.
        pyramid = {"pyramid": self.pyramid} if self.pyramid else {}
        return {
            "family": "backbone",
            "version": VERSION,
            "model": self.model,
            "weights": self.describe_weights(models),
            "size": self.size,
            "dtype": self.dtype,
            "precision": self.precision,
            **pyramid,
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.backbone import load_backbone

        return load_backbone(self, models, device)
