"""JSON lines: one object per tweet, with words and a label for each, or with a text and character offsets.

Which keys hold what is decided by the first object, and has to hold for all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_rows import entities_of
from mnerbench.datasets.character_spans import Offsets, tag_text
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.tag_names import HOW, names_beside
from mnerbench.datasets.textfile import image_key, read_lines

_WORDS = ("tokens", "words", "sentence", "text")
_LABELS = ("label", "labels", "ner_tags", "tags", "ner", "ner_labels", "tag")
_TEXT = ("text", "data", "sentence", "content")
_SPANS = ("entities", "spans", "label", "labels", "annotations")
IMAGE_KEYS = ("image_id", "image", "img_id", "img", "image_name", "img_name", "file_name", "filename", "image_path")
_KEYS = (
    "each object needs tokens and label (a list of strings), and may have id and image_id; or text and entities "
    '([{"start": 0, "end": 3, "label": "PER"}])'
)


@dataclass(frozen=True)
class RowForm:
    """Which keys of an object hold what.

    Attributes:
        words: list of words, or the text that entities are offsets into.
        labels: labels of the words, or the entities.
        of_characters: whether it is a text with entities.
        named: whether objects have an `id`.
    """

    words: str
    labels: str
    of_characters: bool
    named: bool


def json_object(path: Path, number: int, line: str, remedy: str) -> dict[str, object]:
    """The object that a line of JSON lines holds.

    Raises:
        DataError: the line is not JSON, or not an object.
    """
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError.at(path, number, f"not JSON: {error.msg} at character {error.pos + 1}", remedy) from error
    except ValueError as error:  # such as a number of more digits than Python converts
        raise DataError.at(path, number, f"not JSON that can be read: {error}", remedy) from error
    except RecursionError as error:
        raise DataError.at(path, number, "not JSON that can be read: nested too deep", remedy) from error
    if not isinstance(row, dict):
        raise DataError.at(path, number, f"a JSON {type(row).__name__}, not an object", remedy)
    return row


def parse_jsonl(
    path: Path, tag_names: tuple[str, ...] | None = None, offsets: Offsets = Offsets.CHARACTERS
) -> RawSplit:
    """Tweets of a file of JSON lines, labels as they are.

    Args:
        path: the file.
        tag_names: names of integer labels; looked for beside the file when they are needed and not given.
        offsets: what character offsets count.

    Raises:
        DataError: a line is not such an object (names it), or an id stands twice.
        MissingInputError: there is no such file.
    """
    return parse_rows(path, _objects(path), tag_names, offsets)


def parse_rows(
    path: Path,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    tag_names: tuple[str, ...] | None = None,
    offsets: Offsets = Offsets.CHARACTERS,
) -> RawSplit:
    """Tweets of numbered objects; arguments and errors as in `parse_jsonl`."""
    tweets: list[RawTweet] = []
    policies: Counter[str] = Counter()
    first_seen: dict[str, int] = {}
    form: RowForm | None = None
    for number, row in rows:
        form = form or _form(path, number, row)
        tweet = RawTweet(number, image_id=_image(path, number, row), id=_identifier(path, number, row, form))
        if tweet.id is not None and first_seen.setdefault(tweet.id, number) != number:
            reason = f"id {tweet.id!r} is already taken by line {first_seen[tweet.id]}"
            raise DataError.at(path, number, reason, "ids name tweets in prediction files: make them unique")
        if form.of_characters:
            tweet.words, tweet.labels, applied = _from_characters(path, number, row, form, offsets)
            policies += applied
        else:
            tag_names = tag_names or _names_for(path, row, form)
            tweet.words, tweet.labels = _from_words(path, number, row, form, tag_names)
        tweets.append(tweet)
    return RawSplit(tweets, policies)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in read_lines(path):
        if line.strip():
            yield number, json_object(path, number, line, "write one JSON object per line")


def _form(path: Path, number: int, row: Mapping[str, Any]) -> RowForm:
    named = "id" in row
    words = next((key for key in _WORDS if key in row and not isinstance(row[key], str)), None)
    if words is not None or "tokens" in row:
        return RowForm(words or "tokens", _label_key(path, number, row), False, named)
    text = next((key for key in _TEXT if isinstance(row.get(key), str)), None)
    spans = next((key for key in _SPANS if isinstance(row.get(key), list)), None)
    if text is not None and spans is not None:
        return RowForm(text, spans, True, named)
    missing = "'tokens'" if text is None else "'entities'"
    keys = ", ".join(map(repr, row)) or "nothing"
    raise DataError.at(path, number, f"no {missing} in the object, only {keys}", _KEYS)


def _label_key(path: Path, number: int, row: Mapping[str, Any]) -> str:
    there = [key for key in _LABELS if isinstance(row.get(key), list)]
    if "label" in row or not there:
        return "label"
    if len({json.dumps(row[key]) for key in there}) > 1:
        reason = f"{' and '.join(map(repr, there))} both hold labels, and other ones"
        raise DataError.at(path, number, reason, "keep one of them, or call the gold 'label'")
    return there[0]


def _value(path: Path, number: int, row: Mapping[str, Any], key: str) -> Any:
    if key not in row:
        reason = f"no {key!r} in the object, only {', '.join(map(repr, row)) or 'nothing'}"
        raise DataError.at(path, number, reason, _KEYS)
    return row[key]


def _identifier(path: Path, number: int, row: Mapping[str, Any], form: RowForm) -> str | None:
    if not form.named and "id" not in row:
        return None
    if form.named != ("id" in row):
        reason = "no id, which earlier objects have" if form.named else "an id, which earlier objects lack"
        raise DataError.at(path, number, reason, "give every tweet an id, or none")
    name = row["id"]
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"id is {name!r}", "write a string or a whole number")
    return str(name)


def _image(path: Path, number: int, row: Mapping[str, Any]) -> str | None:
    key = next((key for key in IMAGE_KEYS if row.get(key) is not None), None)
    if key is None:
        return None
    name = row[key]
    if isinstance(name, dict) and isinstance(name.get("path"), str):
        name = name["path"]  # how Hugging Face writes pictures
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"{key} is {name!r}", "write the picture's name, or null for none")
    # An id may hold a slash; a file's name is the end of its path.
    return image_key(str(name) if key == "image_id" else str(name).replace("\\", "/").rpartition("/")[2])


def _from_words(
    path: Path, number: int, row: Mapping[str, Any], form: RowForm, tag_names: tuple[str, ...] | None
) -> tuple[list[str], list[str]]:
    words = _strings(path, number, _value(path, number, row, form.words), form.words)
    values = _value(path, number, row, form.labels)
    if tag_names is not None and _whole_numbers(values):
        labels = [_named(path, number, value, form.labels, tag_names) for value in values]
    else:
        labels = _strings(path, number, values, form.labels)
    if len(words) != len(labels):
        reason = f"{len(words)} {form.words} but {len(labels)} labels"
        raise DataError.at(path, number, reason, "give one label per token")
    return words, labels


def _whole_numbers(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(type(value) is int for value in values)


def _names_for(path: Path, row: Mapping[str, Any], form: RowForm) -> tuple[str, ...] | None:
    return names_beside(path, form.labels) if _whole_numbers(row.get(form.labels)) else None


def _named(path: Path, number: int, value: int, key: str, tag_names: tuple[str, ...]) -> str:
    if not 0 <= value < len(tag_names):
        reason = f"{key} holds {value}, but names are known of 0 to {len(tag_names) - 1}: {', '.join(tag_names)}"
        raise DataError.at(path, number, reason, "give the names that these numbers were made with")
    return tag_names[value]


def _strings(path: Path, number: int, values: Any, key: str) -> list[str]:
    if _whole_numbers(values):
        raise DataError.at(path, number, f"{key!r} holds numbers, and nothing says what they are called", HOW)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise DataError.at(path, number, f"{key!r} is not a list of at least one string", "give one string per token")
    for position, value in enumerate(values):
        # A lone surrogate can be written in JSON but in no UTF-8 file, so predictions could not be stored.
        if not value or any(c in "\n\t" or "\ud800" <= c <= "\udfff" for c in value):
            reason = f"{key}[{position}] is {value!r}"
            raise DataError.at(path, number, reason, "a token may not be empty nor hold tabs, line ends or surrogates")
    return values


def _from_characters(
    path: Path, number: int, row: Mapping[str, Any], form: RowForm, offsets: Offsets
) -> tuple[list[str], list[str], Counter[str]]:
    text = _value(path, number, row, form.words)
    if not isinstance(text, str) or not text.strip():
        raise DataError.at(path, number, f"{form.words!r} is {text!r}, not a text with words", _KEYS)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError.at(path, number, f"{form.words!r} holds half a character", "write it without lone surrogates")
    spans = entities_of(path, number, text, _value(path, number, row, form.labels), offsets)
    try:
        return tag_text(text, spans)
    except ValueError as error:
        raise DataError.at(path, number, str(error), "correct the offsets, or take the entity out") from error
