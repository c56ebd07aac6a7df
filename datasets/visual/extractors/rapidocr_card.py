"""Settings of OCR with RapidOCR for `ocr`, and the installed package. Imports neither onnxruntime nor OpenCV."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.base import Extractor, ExtractorCard
from mnerbench.datasets.visual.extractors.packages import networks_of

# Increment when the text for the same picture and package changes.
VERSION = 1

_PACKAGE = "rapidocr-onnxruntime"


class RapidOcrCard(ExtractorCard):
    """Settings of RapidOCR, which runs the PP-OCR networks that its package contains, on the CPU.

    Attributes:
        confidence: minimum confidence of a line, in percent.
        least_letters: minimum number of letters and digits of a line.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.OCR,)
    confidence: float = Field(default=50, ge=0, le=100)
    least_letters: int = Field(default=2, ge=1)

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base; ignores the models folder.

        Raises:
            MissingInputError: the package is not installed.
        """
        _ = models
        return {
            "family": "rapidocr",
            "version": VERSION,
            "program": version(_PACKAGE),
            "networks": files_digest(_networks()),
            **self.model_dump(mode="json"),
        }

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base; always runs on the CPU."""
        _ = models, device
        _networks()
        from mnerbench.datasets.visual.extractors.rapidocr import RapidOcr

        return RapidOcr(self)


def _networks() -> list[Path]:
    return networks_of(_PACKAGE, "models/*.onnx", "rapidocr", "or provide the texts in ocr.jsonl")
