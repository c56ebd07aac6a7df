"""Vision encoders of transformers (CLIP, SigLIP, DINOv2, ...) for `global` and `grid` vectors. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor, Precision
from mnerbench.datasets.visual.extractors.pretrained_card import PretrainedCard

# Increment when the vectors for the same picture and model change.
VERSION = 2


class VisionCard(PretrainedCard):
    """Settings of a vision encoder; of vision-language models, the vision tower.

    Attributes:
        dtype: data type of the vectors on disk.
        precision: of the computation, on every device; `float16` and `bfloat16` mean mixed precision, which is faster
            on a GPU.
        layer: the layer whose patch tokens are `grid`; default: the last, with the model's final norm if it has one.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    role: ClassVar[str] = "vision model"
    dtype: Literal["float16", "float32"] = "float16"
    precision: Precision = "float32"
    layer: int | None = Field(None, ge=0)

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        return {
            "family": "vision",
            "version": VERSION,
            "model": self.describe_model(models),
            "dtype": self.dtype,
            "precision": self.precision,
            **({} if self.layer is None else {"layer": self.layer}),
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.vision import load_vision

        return load_vision(self, models, device)
