"""OCR with RapidOCR: PP-OCR's networks for detection, direction and recognition of lines, on onnxruntime."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.rapidocr_card import RapidOcrCard
from mnerbench.datasets.visual.store.store import Row

if TYPE_CHECKING:
    from PIL.Image import Image


_LONGEST = 8  # longer side of a picture in terms of the shorter one


class RapidOcr(Extractor):
    """RapidOCR with its settings. Its networks use all cores, so pictures are read one after the other.

    Args:
        card: the settings.

    Raises:
        MissingInputError: OpenCV lacks a library of the system.
    """

    def __init__(self, card: RapidOcrCard) -> None:
        try:
            from rapidocr_onnxruntime import RapidOCR
        except ImportError as error:  # OpenCV needs libraries of a desktop, which servers often lack
            way = "apt-get install libgl1 libglib2.0-0, or pip install --force-reinstall opencv-python-headless"
            raise MissingInputError(f"RapidOCR cannot be loaded: {one_line(error)}\n  -> {way}") from error
        self.card = card
        self._engine = RapidOCR(text_score=card.confidence / 100)

    def prepare(self, picture: Image) -> Any:
        """Pixels in OpenCV's order of channels, uint8 [height, width, 3]; strips are widened at the right or below.

        The package enlarges every picture until its shorter side has 736 pixels: a strip of 3 x 900 would become one of
        736 x 220,800.
        """
        pixels = np.asarray(picture)[..., ::-1]
        least = math.ceil(max(picture.size) / _LONGEST)
        more = [(0, max(0, least - side)) for side in pixels.shape[:2]]
        return np.ascontiguousarray(np.pad(pixels, (*more, (0, 0)), mode="edge"))

    def extract(self, prepared: Sequence[Any]) -> list[Row | BadPictureError]:
        """Rows without arrays; an error for a picture on which RapidOCR fails.

        Facts: `words` [[line, confidence, x, y, width, height], ...] from top to bottom, in percent and in pixels of
        the upright picture; `text`, the lines joined by spaces.
        """
        return [self._read(pixels) for pixels in prepared]

    def _read(self, pixels: Any) -> Row | BadPictureError:
        try:
            lines, _ = self._engine(pixels)
        except MemoryError as error:
            return TransientPictureError(_failure(pixels, error))
        except Exception as error:  # noqa: BLE001 - whatever OpenCV, onnxruntime or the package raise for odd pictures
            return BadPictureError(_failure(pixels, error))
        words = [
            [text, round(100 * float(confidence), 2), *_bounds(corners)]
            for corners, text, confidence in lines or ()
            if sum(map(str.isalnum, text)) >= self.card.least_letters
        ]
        return Row(facts={"text": " ".join(str(word[0]) for word in words), "words": words})


def _failure(pixels: Any, error: Exception) -> str:
    return f"RapidOCR failed on {pixels.shape[1]} x {pixels.shape[0]} pixels: {type(error).__name__}: {error}"


def _bounds(corners: Sequence[Sequence[float]]) -> tuple[int, int, int, int]:
    """Left, top, width and height of the upright box around a quadrilateral, in whole pixels."""
    (left, top), (right, lower) = np.min(corners, 0), np.max(corners, 0)
    return round(float(left)), round(float(top)), round(float(right - left)), round(float(lower - top))
