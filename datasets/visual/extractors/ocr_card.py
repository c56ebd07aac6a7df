"""Settings of OCR with Tesseract for `ocr`, and the installed program. Imports no pytesseract until it is needed."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mnerbench.datasets.errors import MissingInputError, suggestion
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need
from mnerbench.datasets.pretrained import files_digest
from mnerbench.datasets.visual.extractors.base import Extractor, ExtractorCard, first_line

# Increment when the text for the same picture and program changes.
VERSION = 2

_INSTEAD = "or provide the texts in ocr.jsonl"


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
        _ = models
        program = find_tesseract(self.language)
        settings = self.model_dump(mode="json")
        data = files_digest(program.data) if program.data else None
        return {"family": "tesseract", "version": VERSION, "program": program.version, "data": data, **settings}

    def load(self, models: Path | None, device: str) -> Extractor:
        """See the base; always runs on the CPU."""
        from mnerbench.datasets.visual.extractors.ocr import Ocr

        _ = models, device
        find_tesseract(self.language)
        return Ocr(self)


@dataclass(frozen=True)
class Tesseract:
    """An installed Tesseract.

    Attributes:
        version: `5.3.0`.
        data: data files of the requested languages; () if the program does not report their folder (before 5).
    """

    version: str
    data: tuple[Path, ...]


def find_tesseract(language: str) -> Tesseract:
    """Find the program and the data of a language.

    Args:
        language: Tesseract's name, or several joined by `+`.

    Raises:
        MissingInputError: the program or the language is not installed.
    """
    import pytesseract

    try:
        version = str(pytesseract.get_tesseract_version())
        lines = _list_languages(pytesseract.pytesseract.tesseract_cmd)
    # pytesseract raises SystemExit if Tesseract is too old.
    except (pytesseract.TesseractNotFoundError, OSError, SystemExit, subprocess.CalledProcessError) as error:
        ways = ("apt-get install tesseract-ocr", "or brew install tesseract", _INSTEAD)
        reason = f"the program tesseract cannot be used ({first_line(error).partition('. ')[0]})"
        raise MissingInputError(Need(reason, ways, "the program tesseract")) from error
    first, *installed = lines
    for name in language.split("+"):
        if name not in installed:
            package = f"apt-get install tesseract-ocr-{name.replace('_', '-')}"
            reason = f"Tesseract has no data of the language {name!r}{suggestion(name, installed)}"
            raise MissingInputError(Need(reason, (package, _INSTEAD), f"Tesseract's data of {name}"))
    folder = re.search(r'"(.+)"', first)
    paths = [Path(folder[1]) / f"{name}.traineddata" for name in language.split("+")] if folder else []
    return Tesseract(version, tuple(path for path in paths if path.is_file()))


def _list_languages(program: str) -> list[str]:
    """Output lines of `--list-langs`: the folder of the data, then one line per language."""
    result = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=True)
    return [line.strip() for line in (result.stdout or result.stderr).splitlines() if line.strip()]
