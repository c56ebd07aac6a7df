"""Text that a reader found in pictures, as OCR tools and data sets write it: JSON lines, one or several per picture."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import FILE
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import (
    absent,
    filled_lines,
    image_row,
    match_file,
    storable,
)

_KEYS = ("text", "texts", "ocr", "words")
_FORM = "write JSON lines with image_id and text (a string), texts (a list of strings) or words (a list of words)"


def read_ocr(path: Path) -> dict[str, tuple[str, ...]]:
    """Read OCR text.

    An object has `image_id` and one of `text`, `texts`, `ocr`, `words`: a string, null for nothing read, or a list.
    What stands in a list may be a string, an object with `text`, or what EasyOCR and PaddleOCR give:
    `[box, text, score]`, `[box, [text, score]]`. `words` make one text, anything else one text per entry. Where an
    object has several of the keys, the first in this order counts: they say the same. Lines of one image add up.

    Returns:
        Image id to texts in file order; `()` where nothing was read.

    Raises:
        DataError: a line is not of this form (names the line).
        MissingInputError: there is no such file.
    """
    found: dict[str, tuple[str, ...]] = {}
    for number, line in filled_lines(path):
        image, row = image_row(path, number, line, _FORM)
        texts = [storable(path, number, text).strip() for text in _texts(path, number, row)]
        found[image] = found.get(image, ()) + tuple(text for text in texts if text)
    return found


def load_ocr(corpus: Corpus, card: DatasetCard, folder: Path) -> Texts[str]:
    """OCR text for a corpus from `<folder>/ocr.jsonl`, under the source `file`.

    Raises:
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no text is of an image of this corpus.
    """
    path = folder / "ocr.jsonl"
    if not path.is_file():
        raise absent("OCR texts", card.name, path, _FORM)
    return match_file(read_ocr(path), corpus, FILE, path, "texts", may_be_empty=True)


def _texts(path: Path, number: int, row: dict[str, object]) -> list[str]:
    key = next((key for key in _KEYS if key in row), None)
    if key is None:
        raise DataError.at(path, number, f"none of {', '.join(_KEYS)} in the object", _FORM)
    value = row[key]
    entries = value if isinstance(value, list) else [] if value is None else [value]
    texts = [_text(entry) for entry in entries]
    read = [text for text in texts if text is not None]
    if len(read) != len(texts):
        place = texts.index(None)
        raise DataError.at(path, number, f"{key}[{place}] is {entries[place]!r}, which is no text", _FORM)
    return [" ".join(text.strip() for text in read if text.strip())] if key == "words" else read


def _text(entry: object) -> str | None:
    """The text of one entry, None if it has none."""
    if isinstance(entry, dict):
        entry = entry.get("text")
    elif isinstance(entry, list) and len(entry) in (2, 3) and isinstance(entry[0], list):
        entry = entry[1][0] if isinstance(entry[1], list) and entry[1] else entry[1]
    return entry if isinstance(entry, str) else None
