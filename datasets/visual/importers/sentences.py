"""Sentences about pictures in the two forms that people publish: `ID.jpg :sentence`, and JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.visual.importers.matching import filled_lines, image_row, storable


@dataclass(frozen=True)
class SentenceForm:
    """How a kind of sentence is written in JSON.

    Attributes:
        names: keys of one sentence; with an `s`, of a list of them. The first is what messages call it.
    """

    names: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """How to write a line."""
        name = self.names[0]
        return f"write `ID.jpg :{name}`, or JSON lines with image_id and {name} (or a list of {name}s)"


def read_sentences(path: Path, form: SentenceForm) -> dict[str, tuple[str, ...]]:
    """Read a file in either form, told apart by its first line; an image may stand on several lines.

    Returns:
        Image id to sentences in file order. An empty sentence is kept as the fact that the file names the image: `()`.

    Raises:
        DataError: a line is in neither form (names the line).
        MissingInputError: there is no such file.
    """
    lines = filled_lines(path)
    row_of = _json_row if lines[0][1].lstrip().startswith("{") else _plain_row
    found: dict[str, tuple[str, ...]] = {}
    for number, line in lines:
        image, sentences = row_of(path, number, line, form)
        found[image] = found.get(image, ()) + tuple(text.strip() for text in sentences if text.strip())
    return found


def _plain_row(path: Path, number: int, line: str, form: SentenceForm) -> tuple[str, list[str]]:
    image, colon, sentence = line.partition(" :")
    if not colon or not image.strip():
        raise DataError.at(path, number, f"{line!r} is not a {form.names[0]} line", form.remedy)
    return image_key(image.strip()), [sentence]


def _json_row(path: Path, number: int, line: str, form: SentenceForm) -> tuple[str, list[str]]:
    image, row = image_row(path, number, line, form.remedy)
    for name in form.names:
        if name not in row and f"{name}s" not in row:
            continue
        sentences = row.get(f"{name}s", [row.get(name)])
        if isinstance(sentences, list) and all(isinstance(text, str) for text in sentences):
            return image, [storable(path, number, text) for text in sentences]
        break
    name = form.names[0]
    raise DataError.at(path, number, f"no {name} (a string) and no {name}s (a list of strings)", form.remedy)
