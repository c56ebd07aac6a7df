"""Settings of OCR with Tesseract for `ocr`. Imports no pytesseract."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.base import Extractor, ExtractorCard

# Increment when the text for the same picture and program changes.
VERSION = 2


class OcrCard(ExtractorCard):
    """Settings of Tesseract.

    Attributes:
        language: Tesseract's name of a language, or several joined by `+`.
        mode: page segmentation mode; 11 is sparse text, which suits photographs.
        confidence: minimum confidence of a word, in percent.
        least_letters: minimum number of letters and digits of a word; most false detections in foliage and fabric
            have a single one.
        enlarge_below: pictures whose longer side has fewer pixels are doubled in size, because Tesseract misses letters
            ten pixels high; 0 for never.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.OCR,)
    language: str = Field(default="eng", pattern=r"^[A-Za-z][\w/]*(\+[A-Za-z][\w/]*)*$")
    mode: int = Field(default=11, ge=1, le=13)
    confidence: float = Field(default=50, ge=0, le=100)
    least_letters: int = Field(default=2, ge=1)
    enlarge_below: int = Field(default=1000, ge=0)

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base; ignores the models folder.

        Raises:
            MissingInputError: the program or a language is not installed.
        """
        from mnerbench.datasets.visual.extractors.tesseract import find_tesseract

        _ = models
        program = find_tesseract(self.language)
        settings = self.model_dump(mode="json")
        data = files_digest(program.data) if program.data else None
        return {"family": "tesseract", "version": VERSION, "program": program.version, "data": data, **settings}

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base; always runs on the CPU."""
        from mnerbench.datasets.visual.extractors.ocr import Ocr
        from mnerbench.datasets.visual.extractors.tesseract import find_tesseract

        _ = models, device
        find_tesseract(self.language)
        return Ocr(self)
