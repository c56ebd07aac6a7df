"""Models that say what is in a picture: `captions`. No torch here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.pretrained_card import PretrainedCard, model_type

# Raised when the same picture and model would give other captions than before.
VERSION = 2

# Models that caption a picture without being asked a question.
MODEL_TYPES = ("blip", "blip-2", "git", "vision-encoder-decoder")


class CaptionerCard(PretrainedCard):
    """Settings of a captioner: beam search without sampling, so that a picture's captions are always the same.

    Attributes:
        beams: width of the search.
        count: captions kept, best first; at most `beams`. (ITA joins the five best.)
        max_tokens: of a caption.
        dtype: of weights and arithmetic, on every device. `bfloat16` halves the memory of large models; a GPU is fast
            with it, a CPU is not, and its captions can differ from those of `float32`.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.CAPTIONS,)
    what: ClassVar[str] = "captioner"
    beams: int = Field(default=5, ge=1, le=64)
    count: int = Field(default=1, ge=1)
    max_tokens: int = Field(default=30, ge=1, le=512)
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    @model_validator(mode="after")
    def _enough_beams(self) -> CaptionerCard:
        if self.count > self.beams:
            raise ConfigError(
                f"captioner: count {self.count} is more than beams {self.beams}, and each beam gives one caption\n"
                f"  -> beams={self.count}, or a smaller count"
            )
        return self

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base.

        Raises:
            ConfigError: a model that is no captioner.
        """
        found = model_type(self.folder(models))
        if found not in MODEL_TYPES:
            raise ConfigError(
                f"captioner {self.model!r} is of the type {found!r}, which does not caption pictures on its own\n"
                "  -> take a BLIP, BLIP-2, GIT or VisionEncoderDecoder model, or put captions into captions.NAME.txt"
            )
        return {
            "family": "captioner",
            "version": VERSION,
            "model": self.describe_model(models),
            "beams": self.beams,
            "count": self.count,
            "max_tokens": self.max_tokens,
            "dtype": self.dtype,
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base."""
        from mnerbench.datasets.visual.extractors.captioner import load_captioner

        return load_captioner(self, models, device)
