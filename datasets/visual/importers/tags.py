"""Tags of pictures: names of things with scores and attributes, as a detector or a tagger gave them."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import FILE
from mnerbench.datasets.picture_texts import Tag, Texts
from mnerbench.datasets.visual.importers.matching import (
    absent,
    filled_lines,
    image_row,
    match_file,
    storable,
)

_FORM = (
    'write one JSON object per image: {"image_id": "12.jpg", "tags": [{"name": "dog", "score": 0.93, '
    '"attributes": [{"name": "brown", "score": 0.8}]}]}; a tag may also be "dog" or ["dog", 0.93]'
)


def read_tags(path: Path) -> dict[str, tuple[Tag, ...]]:
    """Read a file of tags: JSON lines with `image_id` and `tags`.

    A tag is an object with `name`, `score` (between 0 and 1) and, if it has any, `attributes`; or a pair of name and
    score; or a name alone, whose score is 1. An attribute is written in the same ways.

    Returns:
        Image id to tags in file order; `()` where the file names an image and no tags.

    Raises:
        DataError: a line is not of this form, or an image stands on two lines (names the line).
        MissingInputError: there is no such file.
    """
    found: dict[str, tuple[Tag, ...]] = {}
    first_seen: dict[str, int] = {}
    for number, line in filled_lines(path):
        image, row = image_row(path, number, line, _FORM)
        if image in first_seen:
            reason = f"image {image!r} is already on line {first_seen[image]}"
            raise DataError.at(path, number, reason, "write all tags of an image on one line")
        first_seen[image] = number
        tags = row.get("tags")
        if not isinstance(tags, list):
            raise DataError.at(path, number, "no tags (a list)", _FORM)
        found[image] = tuple(_tag(path, number, f"tags[{place}]", tag) for place, tag in enumerate(tags))
    return found


def load_tags(corpus: Corpus, card: DatasetCard, folder: Path) -> Texts[Tag]:
    """Tags for a corpus from `<folder>/tags.jsonl`, under the source `file`.

    Raises:
        MissingInputError: there is no such file; says every way to get it.
        DataError: a line cannot be read, or no tags are of an image of this corpus.
    """
    path = folder / "tags.jsonl"
    if not path.is_file():
        raise absent("tags", card.name, path, _FORM)
    return match_file(read_tags(path), corpus, FILE, path, "tags", may_be_empty=True)


def _tag(path: Path, number: int, place: str, tag: object) -> Tag:
    name, score = _scored(path, number, place, tag)
    attributes = tag.get("attributes") if isinstance(tag, dict) else None
    if attributes is None:
        return Tag(name, score)
    if not isinstance(attributes, list):
        raise DataError.at(path, number, f"{place}: attributes is {attributes!r}, not a list", _FORM)
    own = (_scored(path, number, f"{place}.attributes[{at}]", value) for at, value in enumerate(attributes))
    return Tag(name, score, tuple(own))


def _scored(path: Path, number: int, place: str, value: object) -> tuple[str, float]:
    """Name and score of a tag or an attribute."""
    name: object = value
    score: object = 1.0
    if isinstance(value, dict):
        # Asked for, so that a score under another name is not taken for none.
        name, score = value.get("name"), value.get("score")
    elif isinstance(value, list) and len(value) == 2:
        name, score = value
    if not isinstance(name, str) or not name.strip():
        raise DataError.at(path, number, f"{place} is {value!r}, which has no name", _FORM)
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        raise DataError.at(path, number, f"{place} has the score {score!r}, not a number from 0 to 1", _FORM)
    return storable(path, number, name.strip()), float(score)
