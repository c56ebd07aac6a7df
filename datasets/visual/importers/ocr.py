"""Reader of OCR text in JSON lines, as OCR tools and datasets write it."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import FILE
from mnerbench.datasets.picture_texts import Texts
from mnerbench.datasets.visual.importers.matching import (
    checked_text,
    image_row,
    match_file,
    missing_file,
    nonblank_lines,
)

_KEYS = ("text", "texts", "ocr", "words")
_FORM = "write JSON lines with image_id and text (a string), texts (a list of strings) or words (a list of words)"


def read_ocr(path: Path) -> dict[str, tuple[str, ...]]:
    """Read OCR text.

    An object has `image_id` and one of `text`, `texts`, `ocr`, `words`: a string, null for no text, or a list. A list
    entry may be a string, an object with `text`, or the output of EasyOCR or PaddleOCR: `[box, text, score]`,
    `[box, [text, score]]`. The entries of `words` are joined to one text; otherwise each entry is a text. If an object
    has several of the keys, the first in this order is read. Texts of several lines for one image are concatenated.

    Returns:
        Texts by image id, in file order; `()` for an image without text.

    Raises:
        DataError: a line is invalid (names the line).
        MissingInputError: there is no such file.
    """
    texts_by_image: dict[str, tuple[str, ...]] = {}
    for number, line in nonblank_lines(path):
        image, row = image_row(path, number, line, _FORM)
        texts = [checked_text(path, number, text).strip() for text in _texts(path, number, row)]
        texts_by_image[image] = texts_by_image.get(image, ()) + tuple(text for text in texts if text)
    return texts_by_image


def load_ocr(corpus: Corpus, card: DatasetCard, folder: Path) -> Texts[str]:
    """Load OCR text for a corpus from `<folder>/ocr.jsonl`, with the source name `file`.

    Raises:
        MissingInputError: there is no such file; lists every way to get it.
        DataError: a line is invalid, or no text is of an image of this corpus.
    """
    path = folder / "ocr.jsonl"
    if not path.is_file():
        raise missing_file("OCR texts", card.name, path, _FORM)
    return match_file(read_ocr(path), corpus, FILE, path, "texts", may_be_empty=True)


def _texts(path: Path, number: int, row: dict[str, object]) -> list[str]:
    key = next((key for key in _KEYS if key in row), None)
    if key is None:
        raise DataError.at(path, number, f"none of {', '.join(_KEYS)} in the object", _FORM)
    value = row[key]
    entries = value if isinstance(value, list) else [] if value is None else [value]
    texts = [_text(entry) for entry in entries]
    strings = [text for text in texts if text is not None]
    if len(strings) != len(texts):
        index = texts.index(None)
        raise DataError.at(path, number, f"{key}[{index}] is {entries[index]!r}, which is not a text", _FORM)
    return [" ".join(text.strip() for text in strings if text.strip())] if key == "words" else strings


def _text(entry: object) -> str | None:
    """The text of a list entry; None if it has none."""
    if isinstance(entry, dict):
        entry = entry.get("text")
    elif isinstance(entry, list) and len(entry) in (2, 3) and isinstance(entry[0], list):
        entry = entry[1][0] if isinstance(entry[1], list) and entry[1] else entry[1]
    return entry if isinstance(entry, str) else None
