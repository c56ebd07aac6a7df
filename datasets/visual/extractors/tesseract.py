"""The installed Tesseract program: its version, languages and data files."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError, suggestion
from mnerbench.datasets.needs import Need
from mnerbench.datasets.visual.extractors.messages import first_line

_INSTEAD = "or provide the texts in ocr.jsonl"


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
