"""The Tesseract program on this machine: its version, its languages, where their data is."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import MissingInputError, suggestion
from mnerbench.datasets.needs import Need
from mnerbench.datasets.visual.extractors.messages import first_line

_INSTEAD = "or give the texts in ocr.jsonl"


@dataclass(frozen=True)
class Tesseract:
    """An installed Tesseract.

    Attributes:
        version: `5.3.0`.
        data: the files of the languages asked for; none where the program does not say where they are (before 5).
    """

    version: str
    data: tuple[Path, ...]


def find_tesseract(language: str) -> Tesseract:
    """The program, with the data of a language.

    Args:
        language: Tesseract's name, or several joined by `+`.

    Raises:
        MissingInputError: the program or the language is not installed.
    """
    import pytesseract

    try:
        version = str(pytesseract.get_tesseract_version())
        listed = _listed(pytesseract.pytesseract.tesseract_cmd)
    # The package ends the process when a version is too old for it.
    except (pytesseract.TesseractNotFoundError, OSError, SystemExit, subprocess.CalledProcessError) as error:
        ways = ("apt-get install tesseract-ocr", "or brew install tesseract", _INSTEAD)
        reason = f"the program tesseract cannot be used ({first_line(error).partition('. ')[0]})"
        raise MissingInputError(Need(reason, ways, "the program tesseract")) from error
    first, *known = listed
    for name in language.split("+"):
        if name not in known:
            package = f"apt-get install tesseract-ocr-{name.replace('_', '-')}"
            reason = f"Tesseract has no data of the language {name!r}{suggestion(name, known)}"
            raise MissingInputError(Need(reason, (package, _INSTEAD), f"Tesseract's data of {name}"))
    folder = re.search(r'"(.+)"', first)
    paths = [Path(folder[1]) / f"{name}.traineddata" for name in language.split("+")] if folder else []
    return Tesseract(version, tuple(path for path in paths if path.is_file()))


def _listed(program: str) -> list[str]:
    """A line that names the folder of the data, then one line per language."""
    done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=True)
    return [line.strip() for line in (done.stdout or done.stderr).splitlines() if line.strip()]
