"""Detection of the keys of a corpus' JSON objects, and the words and labels of one object."""

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
    """The keys of an object.

    Attributes:
        words: key of the list of words, or of the text with entities.
        labels: key of the labels of the words, or of the entities.
        of_characters: whether the object has a text with entities.
        named: whether objects have an `id`.
    """

    words: str
    labels: str
    of_characters: bool
    named: bool


def form_of(path: Path, number: int, row: Mapping[str, Any]) -> RowForm:
    """Detect the keys from one object.

    Raises:
        DataError: it has neither words with labels nor a text with entities, or different labels under several keys.
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
    keys = [key for key in _LABELS if isinstance(row.get(key), list)]
    if "label" in row or not keys:
        return "label"
    if len({json.dumps(row[key]) for key in keys}) > 1:
        reason = f"{' and '.join(map(repr, keys))} hold different labels"
        raise DataError.at(path, number, reason, "keep one of them, or call the gold 'label'")
    return keys[0]


def value_of(path: Path, number: int, row: Mapping[str, Any], key: str) -> Any:
    """The value of an object under a key that earlier objects have.

    Raises:
        DataError: the object has no such key.
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
        DataError: they are not lists of strings (or of numbers with names), or differ in length.
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
    """Names of an object's labels, if these are numbers and a file next to this one has names."""
    return names_beside(path, form.labels) if _whole_numbers(row.get(form.labels)) else None


def _named(path: Path, number: int, value: int, key: str, tag_names: tuple[str, ...]) -> str:
    if not 0 <= value < len(tag_names):
        reason = f"{key} holds {value}, but there are names only for 0 to {len(tag_names) - 1}: {', '.join(tag_names)}"
        raise DataError.at(path, number, reason, "give the names with which these numbers were made")
    return tag_names[value]


def _strings(path: Path, number: int, values: Any, key: str) -> list[str]:
    if _whole_numbers(values):
        raise DataError.at(path, number, f"{key!r} holds numbers, and their names are unknown", HOW)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise DataError.at(path, number, f"{key!r} is not a list of at least one string", "give one string per token")
    for position, value in enumerate(values):
        # JSON can express a lone surrogate, but UTF-8 cannot, so predictions could not be stored.
        if not value or any(c in "\n\t" or "\ud800" <= c <= "\udfff" for c in value):
            reason = f"{key}[{position}] is {value!r}"
            raise DataError.at(path, number, reason, "a token may not be empty nor hold tabs, line ends or surrogates")
    return values
