"""Text in pictures, read by Tesseract, several pictures at a time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.visual.decoding import BadPictureError, PassingFaultError
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.ocr_card import OcrCard
from mnerbench.datasets.visual.store.store import Row

if TYPE_CHECKING:
    from PIL.Image import Image

# Larger pictures are shrunk: a photograph's text is not finer than that, and time grows with the pixels.
_LONGEST = 4000
# No picture takes that long, even where others compute too; a program that hangs does.
_SECONDS = 300
_THREADS = "OMP_THREAD_LIMIT"
# How a program ends that stumbles over what it reads; other signals come from outside.
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL})


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

    def extract(self, prepared: Sequence[Any]) -> list[Row | BadPictureError]:
        """Rows without arrays; a picture at which the program fails, and fails at no other, is a bad one.

        Facts: `words` [[word, confidence, x, y, width, height], ...] in Tesseract's order, in pixels of the upright
        picture and percent; `text`, the words joined by spaces.
        """
        with _one_thread_each(), ThreadPoolExecutor(self.batch_size) as threads:
            return list(threads.map(lambda item: self._read(*item), prepared))

    def _read(self, picture: Image, scale: float) -> Row | BadPictureError:
        try:
            found = self._run(picture)
        # UnboundLocalError is how pytesseract fails where it cannot make a temporary file, RuntimeError its time limit.
        except (RuntimeError, OSError, UnboundLocalError) as error:
            reason = f"Tesseract failed on {picture.width} x {picture.height} pixels: {error}"
            return BadPictureError(reason) if self._is_to_blame(error) else PassingFaultError(reason)
        columns = (found[name] for name in ("text", "conf", "left", "top", "width", "height"))
        words = [
            [word.strip(), float(confidence), *(round(number / scale) for number in box)]
            for word, confidence, *box in zip(*columns, strict=True)
            if self._is_word(word, float(confidence))
        ]
        return Row(facts={"text": " ".join(str(word[0]) for word in words), "words": words})

    def _run(self, picture: Image) -> dict[str, Any]:
        import pytesseract

        found: dict[str, Any] = pytesseract.image_to_data(
            picture,
            self.card.language,
            f"--psm {self.card.mode}",
            output_type=pytesseract.Output.DICT,
            timeout=_SECONDS,
        )
        return found

    def _is_to_blame(self, error: Exception) -> bool:
        """Whether the picture is why Tesseract failed: it gave up or crashed, and can still read an empty page."""
        from PIL import Image
        from pytesseract import TesseractError

        if not isinstance(error, TesseractError) or "bad_alloc" in str(error):
            return False
        if error.status < 0 and -error.status not in _CRASHES:
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
