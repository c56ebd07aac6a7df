"""The JSON lines format: one object per tweet, as in github RiTUAL-UH/multimodal_NER."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.gold import GoldLabels
from mnerbench.datasets.textfile import image_key, read_lines

_NEEDED = ("id", "tokens", "label")


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


def read_jsonl(path: Path, *, types: Sequence[str], label_map: Mapping[str, str] | None = None) -> tuple[Example, ...]:
    """Read objects with `id`, `tokens`, `label` and, if the tweet has one, `image_id`; other keys are ignored.

    Arguments and errors as in `mnerbench.datasets.readers.read_split`; ids must be unique.
    """
    gold = GoldLabels(path, types, label_map or {})
    examples: list[Example] = []
    first_seen: dict[str, int] = {}
    for number, line in read_lines(path):
        if not line.strip():
            continue
        row = json_object(path, number, line, "write one JSON object per line")
        name = _identifier(path, number, row)
        if name in first_seen:
            reason = f"id {name!r} is already taken by line {first_seen[name]}"
            raise DataError.at(path, number, reason, "ids name tweets in prediction files: make them unique")
        first_seen[name] = number
        words, labels = (_strings(path, number, row, key) for key in ("tokens", "label"))
        if len(words) != len(labels):
            reason = f"{len(words)} tokens but {len(labels)} labels"
            raise DataError.at(path, number, reason, "give one label per token")
        mapped = tuple(gold.read(number, label) for label in labels)
        examples.append(Example(name, words, mapped, _image(path, number, row)))
    return tuple(examples)


def _identifier(path: Path, number: int, row: dict[str, object]) -> str:
    for key in _NEEDED:
        if key not in row:
            reason = f"no {key!r} in the object, only {', '.join(map(repr, row)) or 'nothing'}"
            raise DataError.at(path, number, reason, "each object needs id, tokens and label, and may have image_id")
    name = row["id"]
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"id is {name!r}", "write a string or a whole number")
    return str(name)


def _image(path: Path, number: int, row: dict[str, object]) -> str | None:
    name = row.get("image_id")
    if name is None:
        return None
    if not isinstance(name, str | int) or isinstance(name, bool) or name == "":
        raise DataError.at(path, number, f"image_id is {name!r}", "write the picture's name, or null for none")
    return image_key(str(name))


def _strings(path: Path, number: int, row: dict[str, object], key: str) -> tuple[str, ...]:
    values = row[key]
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise DataError.at(path, number, f"{key!r} is not a list of at least one string", "give one string per token")
    for position, value in enumerate(values):
        # A lone surrogate can be written in JSON but in no UTF-8 file, so predictions could not be stored.
        if not value or any(c in "\n\t" or "\ud800" <= c <= "\udfff" for c in value):
            reason = f"{key}[{position}] is {value!r}"
            raise DataError.at(path, number, reason, "a token may not be empty nor hold tabs, line ends or surrogates")
    return tuple(values)
