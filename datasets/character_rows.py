"""Entities of one tweet in the notations of annotation tools: objects with offsets, or triples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_spans import CharacterSpan, Offsets, to_characters
from mnerbench.datasets.errors import DataError

_START = ("start", "start_offset", "begin", "start_char")
_END = ("end", "end_offset", "stop", "end_char")
_TYPE = ("label", "type", "entity", "entity_group", "tag")
_SURFACE = ("text", "surface", "mention", "word")
_FORM = 'write {"start": 0, "end": 3, "label": "PER"} or [0, 3, "PER"] for each entity, `end` not included'


def entities_of(path: Path, number: int, text: str, entities: Any, offsets: Offsets) -> list[CharacterSpan]:
    """Parse the entities of a text; their offsets count characters.

    Args:
        path: the file, for messages.
        number: the line, for messages.
        text: the text that the offsets refer to.
        entities: list of objects with start, end and label, or of `[start, end, label]`; None for no entity.
        offsets: unit of the file's offsets.

    Raises:
        DataError: an entity does not have this form, is outside the text, or states a surface form that differs from
            the text it covers.
    """
    if entities is None:
        return []
    if not isinstance(entities, list):
        raise DataError.at(path, number, f"entities are {entities!r}, not a list", _FORM)
    return [_entity(path, number, text, entity, offsets) for entity in entities]


def _entity(path: Path, number: int, text: str, entity: Any, offsets: Offsets) -> CharacterSpan:
    surface = None
    if isinstance(entity, Mapping):
        start, end, kind = (_first(entity, keys) for keys in (_START, _END, _TYPE))
        surface = _first(entity, _SURFACE)
    elif isinstance(entity, list) and len(entity) == 3:
        start, end, kind = entity
    else:
        raise DataError.at(path, number, f"{entity!r} is not an entity", _FORM)
    if type(start) is not int or type(end) is not int or not isinstance(kind, str) or not kind.strip():
        raise DataError.at(path, number, f"{entity!r} lacks a start, an end (whole numbers) or a label", _FORM)
    try:
        span = CharacterSpan(to_characters(text, start, offsets), to_characters(text, end, offsets), kind.strip())
    except ValueError as error:
        remedy = _unit_remedy(text, start, end, surface, offsets) or "check the unit of the offsets, and the text"
        raise DataError.at(path, number, f"{entity!r}: {error}", remedy) from error
    if isinstance(surface, str) and text[span.start : span.end].strip() != surface.strip():
        reason = f"{entity!r} covers {text[span.start : span.end]!r} in the text"
        remedy = _unit_remedy(text, start, end, surface, offsets) or f"correct the offsets; {_FORM}"
        raise DataError.at(path, number, reason, remedy)
    return span


def _first(entity: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((entity[key] for key in keys if key in entity), None)


def _unit_remedy(text: str, start: int, end: int, surface: Any, offsets: Offsets) -> str | None:
    """The remedy when another unit explains the offsets; None when no unit does."""
    for unit in Offsets:
        if unit is offsets:
            continue
        try:
            covered = text[to_characters(text, start, unit) : to_characters(text, end, unit)]
        except ValueError:
            continue
        if covered.strip() == str(surface).strip():
            return f'they count in {unit.value}: write offsets = "{unit.value}" into the card (--offsets {unit.value})'
    if isinstance(surface, str) and text[start : end + 1].strip() == surface.strip():
        return "`end` is the last character here: write the position after it"
    return None
