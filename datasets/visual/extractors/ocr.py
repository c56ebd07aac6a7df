"""Text in pictures, read by Tesseract, several pictures at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.store import Row

if TYPE_CHECKING:
    from PIL.Image import Image

# Larger pictures are shrunk: a photograph's text is not finer than that, and time grows with the pixels.
_LONGEST = 4000
_SECONDS = 60
_THREADS = "OMP_THREAD_LIMIT"


class Ocr(Extractor):
    """Reads pictures.

    Args:
        card: how.
    """

    def __init__(self, card: OcrCard) -> None:
        self.card = card
        self.batch_size = min(16, os.cpu_count() or 1)

    def prepare(self, picture: Image) -> Any:
        """The picture at the size at which it is read, and how much larger that is."""
        from PIL import Image

        long = max(picture.size)
        scale = 2.0 if long < self.card.enlarge_below else min(1.0, _LONGEST / long)
        if scale == 1:
            return picture, scale
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        return picture.resize(size, Image.Resampling.BICUBIC), scale

    def extract(self, prepared: Sequence[Any]) -> list[Row | str]:
        """Rows without arrays; a picture at which the program fails or takes over a minute is a bad one.

        Facts: `words` [[word, confidence, x, y, width, height], ...] in Tesseract's order, in pixels of the upright
        picture and percent; `text`, the words joined by spaces.
        """
        with _one_thread_each(), ThreadPoolExecutor(self.batch_size) as threads:
            return list(threads.map(lambda item: self._read(*item), prepared))

    def _read(self, picture: Image, scale: float) -> Row | str:
        import pytesseract

        try:
            found = pytesseract.image_to_data(
                picture,
                self.card.language,
                f"--psm {self.card.mode}",
                output_type=pytesseract.Output.DICT,
                timeout=_SECONDS,
            )
        except (pytesseract.TesseractError, RuntimeError) as error:  # a RuntimeError is the time limit
            return f"Tesseract failed on {picture.width} x {picture.height} pixels: {error}"
        columns = (found[name] for name in ("text", "conf", "left", "top", "width", "height"))
        words = [
            [word.strip(), float(confidence), *(round(number / scale) for number in box)]
            for word, confidence, *box in zip(*columns, strict=True)
            if self._is_word(word, float(confidence))
        ]
        return Row(facts={"text": " ".join(str(word[0]) for word in words), "words": words})

    def _is_word(self, word: str, confidence: float) -> bool:
        letters = sum(character.isalnum() for character in word)
        return confidence >= self.card.confidence and letters >= self.card.least_letters


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let child processes use one thread: we run as many as there are cores, and four threads each would fight.

    Put back afterwards, because OpenMP libraries that this process loads later read the same variable.
    """
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
