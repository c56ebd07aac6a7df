"""Text in pictures, read by Tesseract: `ocr`. No pytesseract here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.base import Extractor, ExtractorCard

# Raised when the same picture and program would give another text than before.
VERSION = 2


class OcrCard(ExtractorCard):
    """Settings of Tesseract.

    Attributes:
        language: its name of a language, or several joined by `+`.
        mode: page segmentation; 11 looks for text anywhere, as photographs have it.
        confidence: words below are left out, in percent.
        least_letters: words with fewer letters and digits are left out; most of what Tesseract sees in foliage and
            fabric is a single one.
        enlarge_below: pictures whose longer side has fewer pixels are doubled, because Tesseract misses letters of ten
            pixels; 0 for never.
    """

    kinds: ClassVar[tuple[InputKind, ...]] = (InputKind.OCR,)
    language: str = Field(default="eng", pattern=r"^[A-Za-z][\w/]*(\+[A-Za-z][\w/]*)*$")
    mode: int = Field(default=11, ge=1, le=13)
    confidence: float = Field(default=50, ge=0, le=100)
    least_letters: int = Field(default=2, ge=1)
    enlarge_below: int = Field(default=1000, ge=0)

    def describe(self, models: Path | None) -> dict[str, Any]:
        """See the base; the models folder is not looked at.

        Raises:
            MissingInputError: the program or a language is not there.
        """
        from mnerbench.datasets.visual.extractors.tesseract import find_tesseract

        _ = models
        found = find_tesseract(self.language)
        settings = self.model_dump(mode="json")
        data = files_digest(found.data) if found.data else None
        return {"family": "tesseract", "version": VERSION, "program": found.version, "data": data, **settings}

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base; runs on the processor, whatever the device."""
        from mnerbench.datasets.visual.extractors.ocr import Ocr
        from mnerbench.datasets.visual.extractors.tesseract import find_tesseract

        _ = models, device
        find_tesseract(self.language)
        return Ocr(self)
