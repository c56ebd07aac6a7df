"""Parser of corpora in one JSON array: of objects, or of WikiDiverse's lists (Wang et al. 2022)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mnerbench.datasets.character_spans import Offsets, to_characters
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.jsonlines import parse_rows
from mnerbench.datasets.raw import RawSplit
from mnerbench.datasets.textfile import read_lines
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.json_text import parse_json

# Name of the policy for mentions whose surface form is not the text at their offsets.
UNLIKE_TEXT = "entities_unlike_their_text_read_by_offsets"
_LISTS = ("data", "examples", "rows", "sentences", "instances")
_REMEDY = "write an array of objects, or one object per line"
_LIST_FORM = "write [text, address of the picture, topic, [[surface, type, start, end, link], ...]], `end` not included"


def parse_array(path: Path, tag_names: tuple[str, ...] | None, offsets: Offsets) -> RawSplit:
    """Parse a JSON array (or an object with an array under `data`), without changing labels.

    Its items are objects as in JSON lines, or lists as in WikiDiverse: text, address of the picture, topic, and
    mentions (surface form, type, start, end, link). Errors name an item by its number in the array, from 1.

    Raises:
        DataError: the file has another content, or an item is invalid.
        MissingInputError: there is no such file.
    """
    text = "\n".join(line for _, line in read_lines(path))
    try:
        rows = parse_json(text, finite=False)
    except ValueError as error:
        raise DataError.at(path, None, f"not JSON: {error}", _REMEDY) from error
    if isinstance(rows, dict):
        rows = next((rows[key] for key in _LISTS if isinstance(rows.get(key), list)), rows)
    if not isinstance(rows, list):
        raise DataError.at(path, None, f"a JSON {type(rows).__name__}, not an array", _REMEDY)
    objects = [_object(path, number, row) for number, row in enumerate(rows, start=1)]
    split = parse_rows(path, enumerate(objects, start=1), tag_names, offsets)
    if unlike := sum(_unlike_text(row, offsets) for row in rows if isinstance(row, list)):
        split.policies[UNLIKE_TEXT] = unlike
    return split


def _object(path: Path, number: int, row: Any) -> Mapping[str, Any]:
    if isinstance(row, dict):
        return row
    if not isinstance(row, list):
        raise DataError.at(path, number, f"a JSON {type(row).__name__}, not an object", _REMEDY)
    if len(row) != 4 or not isinstance(row[1], str | None) or not isinstance(row[3], list):
        raise DataError.at(path, number, f"{one_line(repr(row), 80)} is not an item of WikiDiverse", _LIST_FORM)
    text, address, _, mentions = row
    for mention in mentions:
        if not isinstance(mention, list) or len(mention) < 4:
            raise DataError.at(path, number, f"{one_line(repr(mention), 80)} is not a mention", _LIST_FORM)
    entities = [{"label": kind, "start": start, "end": end} for _, kind, start, end, *_ in mentions]
    return {"text": text, "image_id": _picture_name(address) if address else None, "entities": entities}


def _picture_name(address: str) -> str:
    """The name of WikiDiverse's picture files, without extension: the MD5 of the last part of the address."""
    return hashlib.md5(address.rpartition("/")[2].encode(), usedforsecurity=False).hexdigest()


def _unlike_text(row: list[Any], offsets: Offsets) -> int:
    """Number of mentions of a valid item whose surface form is not the text at their offsets."""
    text, _, _, mentions = row
    edges = [[to_characters(text, edge, offsets) for edge in mention[2:4]] for mention in mentions]
    return sum(
        text[start:end].strip() != str(mention[0]).strip()
        for mention, (start, end) in zip(mentions, edges, strict=True)
    )
