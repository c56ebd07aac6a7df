"""Names of integer labels, from the files that Hugging Face's tools write next to a data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.textfile import read_lines
from mnerbench.datasets.untrusted.files import read_bytes
from mnerbench.datasets.untrusted.json_text import parse_json

_FILES = (
    *("dataset_info.json", "dataset_infos.json", "features.json"),
    *("labels.json", "label_names.json", "tag_names.json", "id2label.json", "config.json", "labels.txt"),
)
# Keys of a list of names in such a file, besides the name of the column.
_KEYS = ("names", "label_names", "tag_names", "labels", "label_list", "id2label", "label2id")
_MOST_BYTES = 16 << 20  # a larger file has another purpose
HOW = (
    'write tag_names = ["O", "B-PER", ...] into the card, in the order of the numbers, or put the features '
    "(dataset_info.json) or a list of names (labels.txt, one per line) beside the file"
)


def names_beside(path: Path, column: str) -> tuple[str, ...] | None:
    """The names of a column's integer labels, from a file in the same folder or its parent.

    Args:
        path: the split file.
        column: the column of the integers: `ner_tags`.

    Returns:
        The names; None if no file has any.
    """
    for folder in (path.parent, path.parent.parent):
        for name in _FILES:
            if (names := _read(folder / name, column)) is not None:
                return names
    return None


def names_of(features: Any, column: str) -> tuple[str, ...] | None:
    """The names of a column's integer labels in a description of features; None if there are none.

    Args:
        features: JSON: Hugging Face's features, a list of names, or a mapping of numbers to names or back.
        column: the column of the integers.
    """
    columns = list(_values_of(features, column))
    # Features that describe other columns only, such as parts of speech, must not be taken for entity labels.
    describes_columns = any(True for _ in _values_of(features, "_type"))
    for described in columns or ([] if describes_columns else [features]):
        for candidate in _candidates(described):
            if (names := _as_names(candidate)) is not None:
                return names
    return None


def _read(path: Path, column: str) -> tuple[str, ...] | None:
    try:
        if path.suffix == ".txt":
            return tuple(line.strip() for _, line in read_lines(path) if line.strip()) or None
        return names_of(parse_json(read_bytes(path, most=_MOST_BYTES), finite=False), column)
    except (MnerbenchError, ValueError):
        return None  # it does not exist, or has another purpose


def _values_of(value: Any, key: str) -> Iterator[Any]:
    """All values of a key, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield value[key]
        for inner in value.values():
            yield from _values_of(inner, key)


def _candidates(value: Any) -> Iterator[Any]:
    yield value
    for key in _KEYS:
        yield from _values_of(value, key)


def _as_names(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, dict) and value and all(type(number) is int for number in value.values()):
        value = {str(number): name for name, number in value.items()}
    if isinstance(value, dict) and set(value) == set(map(str, range(len(value)))):
        value = [value[str(number)] for number in range(len(value))]
    if isinstance(value, list) and value and all(isinstance(name, str) and name for name in value):
        return tuple(value)
    return None
