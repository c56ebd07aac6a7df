"""Reader of picture tags: object names with scores and attributes, from a detector or tagger."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import FILE
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.importers.matching import (
    checked_text,
    image_row,
    match_file,
    missing_file,
    nonblank_lines,
)

_FORM = (
    'write one JSON object per image: {"image_id": "12.jpg", "tags": [{"name": "dog", "score": 0.93, '
    '"attributes": [{"name": "brown", "score": 0.8}]}]}; a tag may also be "dog" or ["dog", 0.93]'
)


def read_tags(path: Path) -> dict[str, tuple[Tag, ...]]:
    """Read a file of tags: JSON lines with `image_id` and `tags`.

    A tag is an object with `name`, `score` (between 0 and 1) and optional `attributes`; a pair of name and score; or a
    name alone, with score 1. Attributes have the same forms.

    Returns:
        Tags by image id, in file order; `()` for an image without tags.

    Raises:
        DataError: a line is invalid, or two lines are of the same image (names the line).
        MissingInputError: there is no such file.
    """
    tags_by_image: dict[str, tuple[Tag, ...]] = {}
    line_numbers: dict[str, int] = {}
    for number, line in nonblank_lines(path):
        image, row = image_row(path, number, line, _FORM)
        if image in line_numbers:
            reason = f"image {image!r} is already on line {line_numbers[image]}"
            raise DataError.at(path, number, reason, "write all tags of an image on one line")
        line_numbers[image] = number
        tags = row.get("tags")
        if not isinstance(tags, list):
            raise DataError.at(path, number, "no tags (a list)", _FORM)
        tags_by_image[image] = tuple(_tag(path, number, f"tags[{index}]", tag) for index, tag in enumerate(tags))
    return tags_by_image


def load_tags(corpus: Corpus, card: DatasetCard, folder: Path) -> Texts[Tag]:
    """Load tags for a corpus from `<folder>/tags.jsonl`, with the source name `file`.

    Raises:
        MissingInputError: there is no such file; lists every way to get it.
        DataError: a line is invalid, or no tags are of an image of this corpus.
    """
    path = folder / "tags.jsonl"
    if not path.is_file():
        raise missing_file("tags", card.name, path, _FORM)
    return match_file(read_tags(path), corpus, FILE, path, "tags", may_be_empty=True)


def _tag(path: Path, number: int, key: str, tag: object) -> Tag:
    name, score = _name_and_score(path, number, key, tag)
    attributes = tag.get("attributes") if isinstance(tag, dict) else None
    if attributes is None:
        return Tag(name, score)
    if not isinstance(attributes, list):
        raise DataError.at(path, number, f"{key}: attributes is {attributes!r}, not a list", _FORM)
    pairs = (_name_and_score(path, number, f"{key}.attributes[{i}]", value) for i, value in enumerate(attributes))
    return Tag(name, score, tuple(pairs))


def _name_and_score(path: Path, number: int, key: str, value: object) -> tuple[str, float]:
    """Name and score of a tag or an attribute."""
    name: object = value
    score: object = 1.0
    if isinstance(value, dict):
        # Required, so that a score under another key is not silently ignored.
        name, score = value.get("name"), value.get("score")
    elif isinstance(value, list) and len(value) == 2:
        name, score = value
    if not isinstance(name, str) or not name.strip():
        raise DataError.at(path, number, f"{key} is {value!r}, which has no name", _FORM)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise DataError.at(path, number, f"{key} has the score {score!r}, not a number from 0 to 1", _FORM)
    return checked_text(path, number, name.strip()), float(score)
