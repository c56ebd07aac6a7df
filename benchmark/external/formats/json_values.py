"""Reads the tweets of a JSON file in any layout: lines, an array, objects over several lines."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mnerbench.benchmark.external.predicted import Lines
from mnerbench.benchmark.external.roles import Role, role_of
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.untrusted.json_text import WHOLE, LoneSurrogateError, decode_json

Value = Any
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class Rows:
    """The tweets of a JSON file.

    Attributes:
        values: line number and JSON value, an object or a list, per tweet.
        names: the file's names of label numbers, in order.
        decisions: the reader's decisions.
    """

    values: list[tuple[int, Value]]
    names: tuple[str, ...] = ()
    decisions: list[str] = field(default_factory=list)


class _RepeatedKeyError(ValueError):
    """An object has a key twice, of which JSON readers silently drop one."""


def _object(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    row = {key: _interned(value) for key, value in pairs}
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(f"an object with the key {next(key for key in row if keys.count(key) > 1)!r} twice")
    return row


def _interned(value: Value) -> Value:
    """Intern the strings of a list, since a large file repeats few distinct words and labels."""
    if not isinstance(value, list):
        return value
    try:
        return list(map(sys.intern, value))
    except TypeError:  # not only strings
        return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


def is_json(lines: Lines) -> bool:
    """Whether a file is JSON: its first line is a value, or begins an object or array that is not closed there."""
    first = next((line.strip() for _, line in lines if line.strip()), "")
    if not first.startswith(("{", "[")):
        return False
    try:
        _, end = decode_json(first, 0, _DECODER)
    except ValueError:
        # `[CLS] O` is a line of columns; `[`, `[{` and `{"id":` are beginnings of JSON.
        return re.match(r'\{\s*("|\}|$)|\[\s*([\[{"\d-]|$)', first) is not None
    return first[end : end + 1] in {"", ",", "{", "["}


def read_rows(name: str, lines: Lines) -> Rows:
    """The tweets of a JSON file.

    Args:
        name: name of the file, for errors.
        lines: its lines.

    Raises:
        DataError: the file is not JSON (names the line), or the location of the tweets is ambiguous.
    """
    values = list(_values(name, lines))
    names: tuple[str, ...] = ()
    if len(values) > 1 and isinstance(values[0][1], dict) and not (_label_keys(values[0][1])):
        names = _label_names(values[0][1])
        values = values[1:] if names else values
    if len(values) == 1 and isinstance(values[0][1], list) and _is_list_of_tweets(values[0][1]):
        line = values[0][0]
        return Rows([(line, item) for item in values[0][1]], names, ["an array of tweets"])
    if len(values) == 1 and isinstance(values[0][1], dict):
        return _unwrapped(name, *values[0])
    return Rows(values, names or next((row_names for _, value in values if (row_names := _label_names(value))), ()))


def _values(name: str, lines: Lines) -> Iterator[tuple[int, Value]]:
    filled = ((number, line.strip()) for number, line in lines if line.strip())
    first = next(filled, (0, ""))[1]
    try:
        by_line = next(filled, None) is not None and decode_json(first, 0, _DECODER)[1] == len(first)
    except ValueError:
        by_line = False
    if not by_line:
        yield from _stream(name, lines)
        return
    for number, line in lines:
        if text := line.strip():
            yield number, _decoded(name, number, text, 0)[0]


def _stream(name: str, lines: Lines) -> Iterator[tuple[int, Value]]:
    """Consecutive values over any number of lines; tweets of an array singly, for their line numbers."""
    text = "\n".join(line for _, line in lines)
    last = len(lines)
    index, inside = _skip(text, 0), False
    if text[index : index + 1] == "[" and text[_skip(text, index + 1) : _skip(text, index + 1) + 1] in {"{", "["}:
        index, inside = _skip(text, index + 1), True
    number, counted = 1, 0
    while index < len(text):
        number, counted = min(number + text.count("\n", counted, index), last), index
        value, index = _decoded(name, number, text, index)
        yield number, value
        index = _skip(text, index)
        if inside and text[index : index + 1] == "]":
            inside, index = False, _skip(text, index + 1)
        elif inside and text[index : index + 1] not in {",", ""}:
            raise DataError.at(
                name, number, "no comma between items of a JSON array", "check whether the file was cut off"
            )
        elif text[index : index + 1] == ",":
            index = _skip(text, index + 1)
    if inside:
        raise DataError.at(name, last, "a JSON array without an end", "check whether the file was cut off")


def _skip(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    return match.end() if match is not None else index


def _decoded(name: str, number: int, text: str, index: int) -> tuple[Value, int]:
    remedy = "write one JSON object per line, or one array of them"
    try:
        value, end = decode_json(text, index, _DECODER)
    except json.JSONDecodeError as error:
        raise DataError.at(
            name, number, f"not JSON: {error.msg} at character {error.pos - index + 1}", remedy
        ) from error
    except _RepeatedKeyError as error:
        raise DataError.at(name, number, str(error), "write each key once") from error
    except LoneSurrogateError as error:
        raise DataError.at(name, number, str(error), WHOLE) from error
    except ValueError as error:  # such as a number of more digits than Python converts
        raise DataError.at(name, number, f"JSON that cannot be read: {error}", remedy) from error
    if index == 0 and end < len(text) and "\n" not in text:
        raise DataError.at(name, number, f"not JSON: text after character {end}", remedy)
    return value, end


def _label_keys(row: Mapping[str, Value]) -> list[str]:
    return [key for key in row if role_of(key) in {Role.PREDICTED, Role.LABELS, Role.WORDS, Role.TEXT}]


def _is_list_of_tweets(values: Sequence[Value]) -> bool:
    return bool(values) and all(isinstance(value, dict | list) for value in values)


def _unwrapped(name: str, line: int, value: Mapping[str, Value]) -> Rows:
    """The tweets in a single object: under a key, in lists of equal length, or by id; otherwise it is a tweet."""
    names = _label_names(value)
    # Lists of objects are tweets, unless the object also has a tweet's words: then they are its entities.
    plain = any(role_of(key) in {Role.WORDS, Role.TEXT} and _is_flat(item) for key, item in value.items())
    holders = [key for key, item in value.items() if isinstance(item, list) and _is_list_of_tweets(item)]
    columns = [key for key in holders if all(isinstance(item, list) for item in value[key])]
    if not plain and holders and len({len(value[key]) for key in columns}) == 1 and len(columns) > 1:
        scalars = [key for key, item in value.items() if isinstance(item, list) and len(item) == len(value[columns[0]])]
        rows = [{key: value[key][index] for key in scalars} for index in range(len(value[columns[0]]))]
        return Rows([(line, row) for row in rows], names, [f"lists of tweets in {', '.join(scalars)}"])
    if not plain and len(holders) == 1:
        return Rows([(line, item) for item in value[holders[0]]], names, [f"tweets in {holders[0]!r}"])
    if not plain and "test" in holders:
        return Rows([(line, item) for item in value["test"]], names, ["tweets in 'test'"])
    if not plain and len(holders) > 1:
        raise DataError.at(name, line, f"tweets in {', '.join(holders)}", "pass only the test split, as an array")
    by_number = all(key.isdecimal() for key in value) and all(isinstance(item, dict | list) for item in value.values())
    by_name = len(value) > 1 and not _label_keys(value) and all(isinstance(item, dict) for item in value.values())
    if value and (by_number or by_name):
        return Rows([(line, _with_id(key, item)) for key, item in value.items()], names, ["tweets by their ids"])
    return Rows([(line, value)], names)


def _is_flat(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _with_id(key: str, value: Value) -> Value:
    if isinstance(value, dict) and _label_keys(value):
        return value if any(name.lower() == "id" for name in value) else {"id": key, **value}
    return {"id": key, "predicted": value}  # a list, or texts by type


def _label_names(value: Value, depth: int = 0) -> tuple[str, ...]:
    """Names of label numbers, as in transformers configs, Hugging Face features and many scripts."""
    if not isinstance(value, dict) or depth > 4:
        return ()
    for key, item in value.items():
        if role_of(key) is not Role.NAMES:
            continue
        names = _ordered(key, item)
        if names:
            return names
    for item in value.values():
        names = _label_names(item, depth + 1) if isinstance(item, dict) else ()
        if names:
            return names
    return ()


def _ordered(key: str, value: Value) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return tuple(value)
    if not isinstance(value, dict) or not value:
        return ()
    if all(isinstance(number, int) and not isinstance(number, bool) for number in value.values()):
        value = {str(number): label for label, number in value.items()}
    numbers = [str(number) for number in range(len(value))]
    if set(value) == set(numbers) and all(isinstance(label, str) for label in value.values()):
        return tuple(value[number] for number in numbers)
    return ()
