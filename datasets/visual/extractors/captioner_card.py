"""Image captioning models for `captions`. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.pretrained_card import PretrainedCard, model_type

# Increment when the captions for the same picture and model change.
VERSION = 2

# Models that caption a picture without a prompt.
MODEL_TYPES = ("blip", "blip-2", "git", "vision-encoder-decoder")


class CaptionerCard(PretrainedCard):
    """Settings of a captioner, which uses beam search without sampling and is therefore deterministic.

    Attributes:
        beams: beam width.
        count: number of captions, best first; at most `beams`. (ITA joins the five best.)
        max_tokens: maximum length of a caption in tokens.
        dtype: of weights and computation, on every device. `bfloat16` halves the memory of large models; it is fast on
            a GPU but not on a CPU, and its captions can differ from those of `float32`.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.CAPTIONS,)
    role: ClassVar[str] = "captioner"
    beams: int = Field(default=5, ge=1, le=64)
    count: int = Field(default=1, ge=1)
    max_tokens: int = Field(default=30, ge=1, le=512)
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"

    @model_validator(mode="after")
    def _require_enough_beams(self) -> CaptionerCard:
        if self.count > self.beams:
            raise ConfigError(
                f"captioner: count {self.count} is more than beams {self.beams}, and each beam gives one caption\n"
                f"  -> beams={self.count}, or a smaller count"
            )
        return self

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base.

        Raises:
            ConfigError: the model is not a captioner.
        """
        architecture = model_type(self.folder(models))
        if architecture not in MODEL_TYPES:
            raise ConfigError(
                f"captioner {self.model!r} has the type {architecture!r}, which does not caption without a prompt\n"
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
