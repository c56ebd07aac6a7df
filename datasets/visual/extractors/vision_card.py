"""Vision encoders of transformers (CLIP, SigLIP, ViT, DINOv2, ...) for `global` and `grid` vectors. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.pretrained_card import PretrainedCard
from mnerbench.datasets.visual.inputs import InputKind

# Raised when the same picture and model would give other vectors than before.
VERSION = 1


class VisionCard(PretrainedCard):
    """Settings of a vision encoder; of models of pictures and texts, the half that sees.

    Attributes:
        dtype: of the vectors on disk. With `float16`, a GPU computes in mixed precision too; `float32` never does.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.GLOBAL, InputKind.GRID)
    what: ClassVar[str] = "vision model"
    dtype: Literal["float16", "float32"] = "float16"

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base."""
        return {"family": "vision", "version": VERSION, "model": self.describe_model(models), "dtype": self.dtype}

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.vision import load_vision

        return load_vision(self, models, device)
