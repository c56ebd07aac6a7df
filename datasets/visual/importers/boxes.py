"""Reader of boxes without vectors, from annotators or detectors, in JSON lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.importers.matching import checked_text, image_row, nonblank_lines

_FORM = (
    'write one JSON object per image: {"image_id": "12.jpg", "size": [width, height], "boxes": [{"name": "dog", '
    '"box": [x1, y1, x2, y2], "score": 0.93}]}, in pixels of the upright picture; size and score may be left out'
)

_LIMIT = 1e9  # larger than any picture


@dataclass(frozen=True)
class FileBox:
    """A box of a file: class name, corners in pixels (x1 y1 x2 y2), and score (1 if the file has none)."""

    name: str
    box: tuple[float, float, float, float]
    score: float = 1.0


@dataclass(frozen=True)
class PictureBoxes:
    """The boxes of one picture in a file.

    Attributes:
        boxes: by descending score; () if the file lists the picture without boxes.
        size: expected width and height of the picture in pixels, if the file has them.
    """

    boxes: tuple[FileBox, ...]
    size: tuple[int, int] | None = None


def read_boxes(path: Path) -> dict[str, PictureBoxes]:
    """Read boxes by image id. Does not check them against the pictures.

    Raises:
        DataError: a line is invalid, or two lines are of the same image (names the line).
        MissingInputError: there is no such file.
    """
    boxes_by_image: dict[str, PictureBoxes] = {}
    for number, line in nonblank_lines(path):
        image, row = image_row(path, number, line, _FORM)
        boxes = row.get("boxes")
        if image in boxes_by_image:
            raise DataError.at(path, number, f"image {image!r} is on two lines", "write its boxes on one line")
        if not isinstance(boxes, list):
            raise DataError.at(path, number, "no boxes (a list)", _FORM)
        parsed = [_box(path, number, f"boxes[{index}]", box) for index, box in enumerate(boxes)]
        ordered = tuple(sorted(parsed, key=lambda box: -box.score))
        boxes_by_image[image] = PictureBoxes(ordered, _size(path, number, row))
    return boxes_by_image


def _size(path: Path, number: int, row: dict[str, object]) -> tuple[int, int] | None:
    if (size := row.get("size")) is None:
        return None
    if (
        not isinstance(size, list)
        or len(size) != 2
        or not all(type(side) is int and 0 < side < _LIMIT for side in size)
    ):
        raise DataError.at(path, number, f"size is {size!r}, not two whole numbers above 0", _FORM)
    return size[0], size[1]


def _box(path: Path, number: int, key: str, value: object) -> FileBox:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"].strip():
        raise DataError.at(path, number, f"{key} is {value!r}, which has no name", _FORM)
    corners, score = value.get("box"), value.get("score", 1.0)
    if not isinstance(corners, list) or len(corners) != 4 or not all(map(_is_number, corners)):
        raise DataError.at(path, number, f"{key} has the box {corners!r}", _FORM)
    x1, y1, x2, y2 = map(float, corners)
    if not (x1 < x2 and y1 < y2):
        raise DataError.at(path, number, f"{key} has the box {corners!r}, which is empty", _FORM)
    if not _is_number(score) or not 0 <= score <= 1:
        raise DataError.at(path, number, f"{key} has the score {score!r}, not a number from 0 to 1", _FORM)
    return FileBox(checked_text(path, number, value["name"].strip()), (x1, y1, x2, y2), float(score))


def _is_number(value: object) -> bool:
    # Not `math.isfinite`, which raises for integers beyond the range of floats.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LIMIT < value < _LIMIT
