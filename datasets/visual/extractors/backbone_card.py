"""torchvision classification networks that give `global` and `grid` vectors, and their settings. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Precision
from mnerbench.datasets.visual.extractors.torchvision_card import TorchvisionCard

if TYPE_CHECKING:
    from mnerbench.datasets.visual.extractors.backbone import Backbone

Resize = Literal["crop", "squash"]

# Increment when the vectors for the same picture and weights change.
VERSION = 2

# By family, as torchvision spells them. Excluded: networks with auxiliary outputs (googlenet, inception_v3) and
# maxvit_t, which accepts a single size.
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
# Weights that torchvision publishes, for models with more than the first version.
_PUBLISHED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_TWICE, (_FIRST, _SECOND)),
    **dict.fromkeys(("regnet_y_16gf", "regnet_y_32gf"), (_FIRST, _SECOND, *_SWAG)),
    **dict.fromkeys(("vit_b_16", "vit_l_16"), (_FIRST, *_SWAG)),
    **dict.fromkeys(("regnet_y_128gf", "vit_h_14"), _SWAG),
    "vgg16": (_FIRST, "IMAGENET1K_FEATURES"),
}
# Channels of the four stages, for blocks of two and of three convolutions.
_STAGES = {"resnet18": (64, 128, 256, 512), "resnet34": (64, 128, 256, 512)}
_DEEP = (256, 512, 1024, 2048)
_STAGED = ("ResNet", "ResNeXt", "Wide ResNet")
_NORMALISED_OTHERWISE = {("efficientnet_v2_l", _FIRST), ("vgg16", "IMAGENET1K_FEATURES")}


class BackboneCard(TorchvisionCard):
    """Settings of a classification network.

    Pictures are normalised with ImageNet's statistics, whatever preprocessing torchvision publishes with the weights;
    the network is in evaluation mode. (UMT's and MAF's code instead draws one random crop and flip per picture and
    leaves batch normalisation in training mode, so that a picture's vectors depend on chance and on the other pictures
    of its batch.)

    Attributes:
        resize: `crop` resizes the shorter side to `size` * 256 / 224 and takes the central `size` x `size` pixels, as
            ImageNet's networks are evaluated: 43 % of a 4:3 picture is not seen. `squash` resizes both sides to `size`,
            which shows the whole picture and changes its proportions (MAF §3.1.2, Chen et al. 2021 §3.1).
        size: input size in pixels per side. Vision transformers accept only the size of their weights.
        precision: of the computation, on every device; `float16` and `bfloat16` mean mixed precision, which is faster
            on a GPU.
        pyramid: for ResNets, the maps of all four stages, each average-pooled to this many rows and columns and
            concatenated per cell, as HVPNeT reads them; 0 for the last map only, unpooled.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    names: ClassVar[tuple[str, ...]] = tuple(name for family in FAMILIES.values() for name in family)
    role: ClassVar[str] = "backbone"
    weights: str = _FIRST
    size: int = Field(default=224, ge=64, le=1024)
    resize: Resize = "crop"
    precision: Precision = "float32"
    pyramid: int = Field(default=0, ge=0, le=7)

    @model_validator(mode="after")
    def _require_stages(self) -> BackboneCard:
        if self.pyramid and not any(self.model in FAMILIES[family] for family in _STAGED):
            raise ConfigError(
                f"{self.model}: pyramid needs a network with four stages\n  -> take a ResNet, or pyramid=0"
            )
        return self

    @model_validator(mode="after")
    def _require_whole_patches(self) -> BackboneCard:
        if self.patch and self.size % self.patch:
            raise ConfigError(
                f"{self.model}: size {self.size} is not a whole number of its patches of {self.patch} pixels\n"
                f"  -> take a multiple of {self.patch}, and for trained weights the size that they were trained with"
            )
        return self

    @model_validator(mode="after")
    def _imagenet_normalised(self) -> BackboneCard:
        if (self.model, self.weights) in _NORMALISED_OTHERWISE:
            raise ConfigError(
                f"{self.model}: weights {self.weights} need pictures not normalised with ImageNet's statistics\n"
                "  -> take other weights or another backbone"
            )
        return self

    @property
    def published(self) -> tuple[str, ...]:
        """See the base."""
        return _PUBLISHED.get(self.model, (_FIRST,))

    @property
    def patch(self) -> int:
        """Patch size of a vision transformer in pixels per side; 0 for other networks."""
        return int(self.model.rpartition("_")[2]) if self.model in FAMILIES["ViT"] else 0

    @property
    def parts(self) -> tuple[int, ...]:
        """See the base."""
        return _STAGES.get(self.model, _DEEP) if self.pyramid else ()

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        # Omitted at their defaults, so that stores of vectors extracted before these settings existed remain valid.
        later = {"pyramid": self.pyramid, "resize": self.resize if self.resize != "crop" else None}
        return {
            "family": "backbone",
            "version": VERSION,
            "model": self.model,
            "weights": self.describe_weights(models),
            "size": self.size,
            "dtype": self.dtype,
            "precision": self.precision,
            **{key: value for key, value in later.items() if value},
        }

    def load(self, models: Path | None, device: str) -> Backbone:
        """See the base."""
        from mnerbench.datasets.visual.extractors.backbone import load_backbone

        return load_backbone(self, models, device)
