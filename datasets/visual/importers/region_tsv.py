"""Regions in a table with one line per picture and base64 arrays, as bottom-up attention and LXMERT publish them.

Not read with `csv`: no value can contain a tab or a newline, and the bytes need no decoding.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key
from mnerbench.datasets.untrusted.files import open_binary
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.importers.region_memory import Item, Listing
from mnerbench.datasets.visual.importers.region_rows import BYTE_LIMIT, NAMES, NEEDED, RegionArrays, has_columns

_IMAGE = ("image_id", "img_id")
# The order of width and height differs between the two releases.
_LAYOUTS = {
    6: "image_id image_w image_h num_boxes boxes features",
    10: "img_id img_h img_w objects_id objects_conf attrs_id attrs_conf num_boxes boxes features",
}
_FORM = (
    "give the columns " + " or ".join(f"`{layout}`" for layout in _LAYOUTS.values()) + ", separated by tabs, or others "
    "with these names in the first line"
)
_DTYPES = {"boxes": "<f4", "features": "<f4", "labels": "<i8", "scores": "<f4"}


def list_tsv(path: Path, name: str, state: tuple[int, int]) -> Listing:
    """Locate the line of each image, reading the file once, line by line.

    Args:
        path: the file.
        name: its name in the cache.
        state: its size and modification time.

    Raises:
        DataError: the first line has neither six nor ten columns nor column names, or a line exceeds the limit.
    """
    layout: tuple[str, ...] = ()
    items: dict[str, Item] = {}
    repeated = truncated = number = end = 0
    with open_binary(path, most=None) as stream:
        while line := stream.readline(BYTE_LIMIT + 1):
            number += 1
            if len(line) > BYTE_LIMIT:
                raise DataError.at(path, number, f"a line of over {BYTE_LIMIT:,} bytes", _FORM)
            start, end = end, end + len(line)
            first, tab, _ = line.partition(b"\t")
            image = image_key(first.decode("utf-8", "replace").strip())
            if not layout:
                layout = _layout(path, number, line)
            if image in _IMAGE or not line.strip():
                continue
            # Without a tab, even the image id may be truncated.
            truncated += not tab
            repeated += image in items
            if tab:
                items.setdefault(image, Item(path, name, (*state, start, len(line)), start, len(line)))
    if not layout:
        raise DataError.at(path, None, "the file is empty", "fetch it again; a download may have been cut off")
    return Listing(layout, items, _notes(path, repeated, truncated))


def _layout(path: Path, number: int, line: bytes) -> tuple[str, ...]:
    columns = [column.strip() for column in line.split(b"\t")]
    if columns[0].decode("ascii", "replace") in _IMAGE:
        layout = tuple(column.decode("utf-8", "replace") for column in columns)
        if has_columns(layout):
            return layout
        lacking = [name for name in NEEDED if not set(NAMES[name]) & set(layout)]
        raise DataError.at(path, number, f"the first line has no column for {', '.join(lacking)}", _FORM)
    if len(columns) not in _LAYOUTS:
        raise DataError.at(path, number, f"{len(columns)} columns", _FORM)
    return tuple(_LAYOUTS[len(columns)].split())


def _notes(path: Path, repeated: int, truncated: int) -> tuple[str, ...]:
    notes = []
    if repeated:
        notes.append(f"{path}: {repeated} lines repeat an image of an earlier line and are ignored")
    if truncated:
        notes.append(f"{path}: {truncated} lines are truncated within the image id; fetch the file again")
    return tuple(notes)


def read_line(data: bytes, layout: Sequence[str]) -> RegionArrays:
    """Parse the arrays of one line.

    Args:
        data: the line.
        layout: column names.

    Raises:
        BadPictureError: the number of columns is wrong, or a value is not a number, not base64, or of a wrong length.
    """
    columns = [column.strip() for column in data.split(b"\t")]
    if len(columns) != len(layout):
        raise BadPictureError(f"{len(columns)} columns instead of {len(layout)}; the line may be truncated")
    row = dict(zip(layout, columns, strict=True))
    texts = {name: row[alias] for name, aliases in NAMES.items() for alias in aliases if alias in row}
    values = {name: _number(name, texts[name]) for name in ("count", "width", "height")}
    count = int(values["count"].item())
    for name in texts.keys() & _DTYPES.keys():
        values[name] = _array(name, texts[name], count)
    return RegionArrays(values)


def _number(name: str, text: bytes) -> NDArray[Any]:
    try:
        return np.array(int(text), np.int64)
    except (ValueError, OverflowError) as error:
        raise BadPictureError(f"{name} is {text[:20]!r}, not a whole number") from error


def _array(name: str, text: bytes, count: int) -> NDArray[Any]:
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise BadPictureError(f"{name} are not base64: {error}") from error
    dtype = np.dtype(_DTYPES[name])
    if count <= 0 or len(data) % (count * dtype.itemsize):
        raise BadPictureError(f"{name} have {len(data):,} bytes, not a multiple of {dtype.itemsize} x {count} regions")
    values: NDArray[Any] = np.frombuffer(data, dtype)
    return values.reshape(count, -1) if name in ("boxes", "features") else values
