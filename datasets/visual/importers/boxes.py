"""Boxes without vectors: where things are in pictures, as annotators and detectors write it; JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.importers.matching import filled_lines, image_row, storable

_FORM = (
    'write one JSON object per image: {"image_id": "12.jpg", "size": [width, height], "boxes": [{"name": "dog", '
    '"box": [x1, y1, x2, y2], "score": 0.93}]}, in pixels of the upright picture; size and score may be left out'
)


_FAR = 1e9  # pixels: no picture is so large


@dataclass(frozen=True)
class FileBox:
    """One box of a file: its class, corners in pixels (x1 y1 x2 y2), and confidence (1 where the file has none)."""

    name: str
    box: tuple[float, float, float, float]
    score: float = 1.0


@dataclass(frozen=True)
class PictureBoxes:
    """What a file says of one picture.

    Attributes:
        boxes: by falling score; none where the file names the picture without any.
        size: width and height in pixels of the picture that is meant, where the file says so.
    """

    boxes: tuple[FileBox, ...]
    size: tuple[int, int] | None = None


def read_boxes(path: Path) -> dict[str, PictureBoxes]:
    """Read boxes, by image id. Whether they lie within their pictures is for who sees these.

    Raises:
        DataError: a line is not of this form, or an image stands on two lines (names the line).
        MissingInputError: there is no such file.
    """
    found: dict[str, PictureBoxes] = {}
    for number, line in filled_lines(path):
        image, row = image_row(path, number, line, _FORM)
        boxes = row.get("boxes")
        if image in found:
            raise DataError.at(path, number, f"image {image!r} stands on two lines", "write its boxes on one line")
        if not isinstance(boxes, list):
            raise DataError.at(path, number, "no boxes (a list)", _FORM)
        read = [_box(path, number, f"boxes[{place}]", box) for place, box in enumerate(boxes)]
        found[image] = PictureBoxes(tuple(sorted(read, key=lambda box: -box.score)), _size(path, number, row))
    return found


def _size(path: Path, number: int, row: dict[str, object]) -> tuple[int, int] | None:
    if (size := row.get("size")) is None:
        return None
    if not isinstance(size, list) or len(size) != 2 or not all(type(side) is int and 0 < side < _FAR for side in size):
        raise DataError.at(path, number, f"size is {size!r}, not two whole numbers above 0", _FORM)
    return size[0], size[1]


def _box(path: Path, number: int, place: str, value: object) -> FileBox:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"].strip():
        raise DataError.at(path, number, f"{place} is {value!r}, which has no name", _FORM)
    corners, score = value.get("box"), value.get("score", 1.0)
    if not isinstance(corners, list) or len(corners) != 4 or not all(map(_is_number, corners)):
        raise DataError.at(path, number, f"{place} has the box {corners!r}", _FORM)
    x1, y1, x2, y2 = map(float, corners)
    if not (x1 < x2 and y1 < y2):
        raise DataError.at(path, number, f"{place} has the box {corners!r}, which is empty", _FORM)
    if not _is_number(score) or not 0 <= score <= 1:
        raise DataError.at(path, number, f"{place} has the score {score!r}, not a number from 0 to 1", _FORM)
    return FileBox(storable(path, number, value["name"].strip()), (x1, y1, x2, y2), float(score))


def _is_number(value: object) -> bool:
    # Of whole numbers those that no float can be: `math.isfinite` raises for them.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_FAR < value < _FAR
