"""OCR with Tesseract, on several pictures in parallel."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.store.store import Row

if TYPE_CHECKING:
    from PIL.Image import Image

# Longer pictures are downscaled: legible text in photographs is larger than that, and time grows with the pixels.
_MAX_SIDE = 4000
# Time limit per picture, far above the slowest one on a busy machine.
_TIMEOUT = 300
_THREADS_VARIABLE = "OMP_THREAD_LIMIT"
# Signals of a crash caused by the input; other signals come from outside.
_CRASH_SIGNALS = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL})


class Ocr(Extractor):
    """Tesseract with its settings.

    Args:
        card: the settings.
    """

    def __init__(self, card: OcrCard) -> None:
        self.card = card
        self.batch_size = min(16, os.cpu_count() or 1)

    def prepare(self, picture: Image) -> Any:
        """Rescale a picture for OCR; returns it with the scale factor."""
        from PIL import Image

        long = max(picture.size)
        scale = 2.0 if long < self.card.enlarge_below else min(1.0, _MAX_SIDE / long)
        if scale == 1:
            return picture, scale
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        return picture.resize(size, Image.Resampling.BICUBIC), scale

    def extract(self, prepared: Sequence[Any]) -> list[Row | BadPictureError]:
        """Rows without arrays; an error for a picture on which Tesseract fails.

        Facts: `words` [[word, confidence, x, y, width, height], ...] in Tesseract's order, in percent and in pixels of
        the upright picture; `text`, the words joined by spaces.
        """
        with _single_threaded_children(), ThreadPoolExecutor(self.batch_size) as threads:
            return list(threads.map(lambda item: self._read(*item), prepared))

    def _read(self, picture: Image, scale: float) -> Row | BadPictureError:
        try:
            columns = self._run(picture)
        # pytesseract raises UnboundLocalError if it cannot create a temporary file, and RuntimeError on a timeout.
        except (RuntimeError, OSError, UnboundLocalError) as error:
            reason = f"Tesseract failed on {picture.width} x {picture.height} pixels: {error}"
            return BadPictureError(reason) if self._is_caused_by_picture(error) else TransientPictureError(reason)
        values = (columns[name] for name in ("text", "conf", "left", "top", "width", "height"))
        words = [
            [word.strip(), float(confidence), *(round(number / scale) for number in box)]
            for word, confidence, *box in zip(*values, strict=True)
            if self._is_word(word, float(confidence))
        ]
        return Row(facts={"text": " ".join(str(word[0]) for word in words), "words": words})

    def _run(self, picture: Image) -> dict[str, Any]:
        import pytesseract

        columns: dict[str, Any] = pytesseract.image_to_data(
            picture,
            self.card.language,
            f"--psm {self.card.mode}",
            output_type=pytesseract.Output.DICT,
            timeout=_TIMEOUT,
        )
        return columns

    def _is_caused_by_picture(self, error: Exception) -> bool:
        """Whether Tesseract failed because of the picture: it exited or crashed, but still processes an empty page."""
        from PIL import Image
        from pytesseract import TesseractError

        if not isinstance(error, TesseractError) or "bad_alloc" in str(error):
            return False
        if error.status < 0 and -error.status not in _CRASH_SIGNALS:
            return False
        try:
            self._run(Image.new("L", (64, 64), "white"))
        except (RuntimeError, OSError, UnboundLocalError):
            return False
        return True

    def _is_word(self, word: str, confidence: float) -> bool:
        letters = sum(character.isalnum() for character in word)
        return confidence >= self.card.confidence and letters >= self.card.least_letters


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Limit child processes to one OpenMP thread each, as one process per core is run in parallel.

    The variable is restored afterwards, because OpenMP libraries loaded later in this process read it too.
    """
    previous = os.environ.get(_THREADS_VARIABLE)
    os.environ[_THREADS_VARIABLE] = "1"
    try:
        yield
    finally:
        if previous is None:
            del os.environ[_THREADS_VARIABLE]
        else:
            os.environ[_THREADS_VARIABLE] = previous
