"""Reads tweets to tag: files of words in the formats of corpora, with or without labels, or raw text line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.columns import DOCUMENT_START, image_of, is_image_line
from mnerbench.datasets.corpus import ImageRef, image_ref
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.jsonlines import IMAGE_KEYS, json_object
from mnerbench.datasets.readers import Reading, parse_split
from mnerbench.datasets.textfile import image_key, read_lines

Lines = Sequence[tuple[int, str]]
_LABEL = re.compile(r"(?:O|[BIESLUMW]-\S+)")
_WORDS, _TEXTS = ("words", "tokens", "token"), ("text", "tweet", "sentence", "content")
_JSON = "write one JSON object per line, with words (or tokens), or text; image_id may name a picture"


@dataclass(frozen=True)
class NewTweet:
    """A tweet to tag.

    Attributes:
        content: its words, or its text.
        image: ids of its pictures.
        id: as in the file, or None.
        gold: its labels as in the file, or None.
    """

    content: str | tuple[str, ...]
    image: ImageRef = None
    id: str | None = None
    gold: tuple[str, ...] | None = None


def read_tweets(path: Path) -> list[NewTweet]:
    """The tweets of a file.

    JSON lines have `words` (or `tokens`) or `text`, and may have `id` and `image_id`; files of columns have a word per
    line, blank lines between tweets, and may have labels in the last column and `IMGID:` lines; JSON arrays and JSON
    lines of corpora are read as by `benchmark data import`. Any other file has a raw tweet per line.

    Raises:
        MissingInputError: there is no such file.
        DataError: it is empty, no UTF-8, or a line violates its format.
    """
    lines = [(number, line) for number, line in read_lines(path)]
    first = next(line for _, line in lines if line.strip()).strip()
    if first.startswith("{") and first.endswith("}"):
        rows = [(number, json_object(path, number, line, _JSON)) for number, line in lines if line.strip()]
        if not any(key in rows[0][1] for key in ("label", "labels", "ner_tags", "entities")):
            return [_of_row(path, number, row) for number, row in rows]
        return _labelled(path)
    if first == "[" or first.startswith(('[{"', '[["')):
        return _labelled(path)
    if _is_columns([line for _, line in lines]):
        return _of_columns(path, lines)
    return [NewTweet(line) for _, line in lines if line.strip()]


def _labelled(path: Path) -> list[NewTweet]:
    return [NewTweet(tuple(t.words), t.image_id, t.id, tuple(t.labels)) for t in parse_split(path, Reading()).tweets]


def _is_columns(lines: Sequence[str]) -> bool:
    """Whether each line has a word: all have labels or tabs, or blank lines separate tweets of one word per line."""
    if any(is_image_line(line) for line in lines):
        return True
    words = [line for line in lines if line.strip() and not line.startswith(DOCUMENT_START)]
    if all("\t" in line for line in words):
        return True
    if all(_LABEL.fullmatch(line.rpartition(" ")[2]) and " " in line.strip() for line in words):
        return True
    separated = any(not line.strip() for line in "\n".join(lines).strip().split("\n"))
    return separated and all(len(line.split()) == 1 for line in words)


def _of_columns(path: Path, lines: Lines) -> list[NewTweet]:
    tweets: list[NewTweet] = []
    words: list[str] = []
    labels: list[str] = []
    image: str | None = None

    def end() -> None:
        nonlocal image
        if words:
            gold = tuple(labels) if all(map(_LABEL.fullmatch, labels)) and len(labels) == len(words) else None
            tweets.append(NewTweet(tuple(words), image, None, gold))
        words.clear()
        labels.clear()
        image = None

    for number, line in lines:
        if not line or line.isspace() or line.startswith(DOCUMENT_START):
            end()
        elif is_image_line(line):
            end()
            image = image_of(path, number, line)
        else:
            word, *more = line.split("\t" if "\t" in line else " ")
            if not word:
                raise DataError.at(path, number, "no word before the first separator", "write the word first")
            words.append(word)
            labels += more[-1:]
    end()
    if not tweets:
        raise DataError.at(path, None, "the file holds no tweets", "check that this is the right file")
    return tweets


def _of_row(path: Path, number: int, row: Mapping[str, Any]) -> NewTweet:
    words = next((row[key] for key in _WORDS if key in row), None)
    text = next((row[key] for key in _TEXTS if key in row), None)
    image = next((row[key] for key in IMAGE_KEYS if row.get(key) is not None), None)
    names = image if isinstance(image, list) else [] if image is None else [image]
    refs = image_ref([image_key(str(name).replace("\\", "/").rpartition("/")[2]) for name in names])
    name = str(row["id"]) if row.get("id") is not None else None
    if isinstance(words, list) and words and all(isinstance(word, str) and word for word in words):
        return NewTweet(tuple(words), refs, name)
    if words is None and isinstance(text, str):
        return NewTweet(text, refs, name)
    raise DataError.at(path, number, "neither a list of words nor a text", _JSON)
