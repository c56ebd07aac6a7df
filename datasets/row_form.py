"""Which keys of a corpus' JSON objects hold what, and the words and labels of one object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.tag_names import HOW, names_beside

_WORDS = ("tokens", "words", "sentence", "text")
_LABELS = ("label", "labels", "ner_tags", "tags", "ner", "ner_labels", "tag")
_TEXT = ("text", "data", "sentence", "content")
_SPANS = ("entities", "spans", "label", "labels", "annotations")
KEYS = (
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


def form_of(path: Path, number: int, row: Mapping[str, Any]) -> RowForm:
    """Which keys hold what, seen from one object.

    Raises:
        DataError: it has no words with labels and no text with entities, or labels under several keys that differ.
    """
    named = "id" in row
    words = next((key for key in _WORDS if key in row and not isinstance(row[key], str)), None)
    if words is not None or "tokens" in row:
        return RowForm(words or "tokens", _label_key(path, number, row), False, named)
    text = next((key for key in _TEXT if isinstance(row.get(key), str)), None)
    lists = (key for key in _SPANS if isinstance(row.get(key), list))
    spans = next(lists, next((key for key in _SPANS if key in row and row[key] is None), None))
    if text is not None and spans is not None:
        return RowForm(text, spans, True, named)
    missing = "'tokens'" if text is None else "'entities'"
    keys = ", ".join(map(repr, row)) or "nothing"
    raise DataError.at(path, number, f"no {missing} in the object, only {keys}", KEYS)


def _label_key(path: Path, number: int, row: Mapping[str, Any]) -> str:
    there = [key for key in _LABELS if isinstance(row.get(key), list)]
    if "label" in row or not there:
        return "label"
    if len({json.dumps(row[key]) for key in there}) > 1:
        reason = f"{' and '.join(map(repr, there))} both hold labels, and other ones"
        raise DataError.at(path, number, reason, "keep one of them, or call the gold 'label'")
    return there[0]


def value_of(path: Path, number: int, row: Mapping[str, Any], key: str) -> Any:
    """What an object holds under a key that earlier ones have.

    Raises:
        DataError: it has no such key.
    """
    if key not in row:
        reason = f"no {key!r} in the object, only {', '.join(map(repr, row)) or 'nothing'}"
        raise DataError.at(path, number, reason, KEYS)
    return row[key]


def words_and_labels(
    path: Path, number: int, row: Mapping[str, Any], form: RowForm, tag_names: tuple[str, ...] | None
) -> tuple[list[str], list[str]]:
    """Words and labels of an object that has lists of both.

    Raises:
        DataError: they are no lists of strings (or of numbers with names), or not equally long.
    """
    words = _strings(path, number, value_of(path, number, row, form.words), form.words)
    values = value_of(path, number, row, form.labels)
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


def names_for(path: Path, row: Mapping[str, Any], form: RowForm) -> tuple[str, ...] | None:
    """Names of an object's labels, where these are numbers and a file beside this one has names."""
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
