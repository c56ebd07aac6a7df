"""Vision encoders of transformers (CLIP, SigLIP, ViT, DINOv2, ...) for `global` and `grid` vectors. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor, Precision
from mnerbench.datasets.visual.extractors.pretrained_card import PretrainedCard

# Raised when the same picture and model would give other vectors than before.
VERSION = 2


class VisionCard(PretrainedCard):
    """Settings of a vision encoder; of models of pictures and texts, the half that sees.

    Attributes:
        dtype: of the vectors on disk.
        precision: of the arithmetic, on every device; with `float16` or `bfloat16` mixed, which a GPU is faster with.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    what: ClassVar[str] = "vision model"
    dtype: Literal["float16", "float32"] = "float16"
    precision: Precision = "float32"

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        return {
            "family": "vision",
            "version": VERSION,
            "model": self.describe_model(models),
            "dtype": self.dtype,
            "precision": self.precision,
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.vision import load_vision

        return load_vision(self, models, device)
