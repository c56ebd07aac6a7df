"""Parses entities in the forms that taggers, language models and seq2seq systems write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mnerbench.benchmark.external.predicted import PredictedEntity
from mnerbench.datasets.untrusted.json_text import decode_json

_TEXT = ("text", "entity_text", "word", "mention", "name", "surface", "span_text", "phrase", "value", "entity", "span")
_TYPE = ("type", "entity_type", "entity_group", "label", "category", "tag", "class", "ner", "entity")
_START = ("start", "begin", "start_offset", "begin_offset", "start_char", "start_idx", "start_index", "startoffset")
_END = ("end", "stop", "end_offset", "end_char", "end_idx", "end_index", "endoffset")
_RANGE = ("span", "offset", "offsets", "position", "positions", "pos", "indices", "range")
_WRAPPERS = frozenset(
    {"entities", "ner", "spans", "output", "result", "results", "predictions", "mentions", "named_entities"}
)
_NOTHING = frozenset({"none", "null", "no entities"})
_FENCE = re.compile(r"```[a-zA-Z]*\s*(.*?)```", re.DOTALL)


class NoEntitiesError(ValueError):
    """The value is not a list of entities; the message states why."""


def parse_answer(text: str) -> Any:
    """Extract the JSON of a language model's answer: the whole text, a code fence, or from the first bracket on.

    `None` and similar answers yield None.

    Raises:
        NoEntitiesError: the answer contains no JSON.
    """
    fenced = _FENCE.search(text)
    text = (fenced[1] if fenced else text).strip()
    if text.rstrip(".").casefold() in _NOTHING:
        return None
    begin = re.search(r"[\[{]", text)
    if not begin:
        raise NoEntitiesError(f"no JSON in {_short(text)}")
    try:
        return decode_json(text, begin.start())[0]
    except ValueError as error:
        raise NoEntitiesError(f"broken JSON in {_short(text)}") from error


def read_entities_of(value: Any) -> tuple[PredictedEntity, ...]:
    """Read the entities in a JSON value.

    Args:
        value: a list of objects or of `[text, type]`, `[start, end, type]`; texts by type; any of these under one key.

    Raises:
        NoEntitiesError: the value has another form.
    """
    if value is None:
        return ()
    if isinstance(value, dict):
        return tuple(_of_object(value))
    if not isinstance(value, list):
        raise NoEntitiesError(f"{_short(value)} is not a list of entities")
    return tuple(_of_item(item) for item in value)


def _of_object(value: Mapping[str, Any]) -> Iterator[PredictedEntity]:
    inner = [key for key in value if key.lower() in _WRAPPERS]
    if len(inner) == 1 and isinstance(value[inner[0]], list | dict):
        yield from read_entities_of(value[inner[0]])
        return
    if isinstance(value.get("text"), str) and _first(value, _TYPE) is not None:
        yield _of_item(value)
        return
    for kind, texts in value.items():
        items = [texts] if isinstance(texts, str) and texts else texts or []
        if not isinstance(items, list):
            raise NoEntitiesError(f"{_short(texts)} is not a list of texts of type {kind!r}")
        for item in items:
            if isinstance(item, str):
                yield PredictedEntity(kind, item)
            elif isinstance(item, dict):
                yield _of_item({**item, "type": kind})
            else:
                raise NoEntitiesError(f"{_short(item)} is not a text of type {kind!r}")


def _of_item(item: Any) -> PredictedEntity:
    if isinstance(item, list):
        return _of_list(item)
    if not isinstance(item, dict):
        raise NoEntitiesError(f"{_short(item)} is not an entity: write its text and its type")
    row = {key.lower(): value for key, value in item.items()}
    text, kind = _first(row, _TEXT), _first(row, _TYPE)
    # Pipelines of transformers call the type `entity` and the text `word`; others call the text `entity`.
    if text is not None and text == kind and "entity" in row:
        text = None
    start, end = _number(row, _START), _number(row, _END)
    for key in _RANGE:
        pair = row.get(key)
        if isinstance(pair, list) and len(pair) == 2 and all(_is_number(number) for number in pair):
            start, end = pair
    if kind is None or (text is None and (start is None or end is None)):
        raise NoEntitiesError(f"{_short(item)} has no {'type' if kind is None else 'text'}")
    return PredictedEntity(kind, text, start, end)


def _of_list(item: Sequence[Any]) -> PredictedEntity:
    strings = [part for part in item if isinstance(part, str)]
    numbers = [part for part in item if _is_number(part)]
    if len(item) == len(strings) == 2:
        return PredictedEntity(strings[1], strings[0])
    if len(strings) + len(numbers) == len(item) and len(numbers) == 2 and len(strings) in {1, 2}:
        # `[start, end, type]`, `[text, start, end, type]`, `[text, type, start, end]`: the type is the last string.
        return PredictedEntity(strings[-1], strings[0] if len(strings) == 2 else None, *numbers)
    raise NoEntitiesError(f"{_short(item)} is not an entity: write its text and its type")


def _first(row: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    return next((row[key] for key in keys if isinstance(row.get(key), str) and row[key]), None)


def _number(row: Mapping[str, Any], keys: Sequence[str]) -> int | None:
    return next((row[key] for key in keys if _is_number(row.get(key))), None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _short(value: Any, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."
