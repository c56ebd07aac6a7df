"""Validation of the regions of one picture before they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.store.store import Field, Row

# Upper bound on memory for a hostile file; 100 regions of 2,048 numbers take less than 1 MiB.
BYTE_LIMIT = 64 << 20
_LABEL_LIMIT = 100_000
_SIZE_LIMIT = 1_000_000
# Detectors rescale pictures, so a box may end slightly outside.
_SLACK = 1.02
_SLACK_PIXELS = 2

# Names of each value in published releases.
NAMES = {
    "features": ("x", "features"),
    "boxes": ("bbox", "boxes"),
    "count": ("num_bbox", "num_boxes"),
    "width": ("image_w", "image_width", "img_w"),
    "height": ("image_h", "image_height", "img_h"),
    "labels": ("objects_id", "classes", "labels"),
    "scores": ("objects_conf", "scores"),
}
NEEDED = ("features", "boxes", "count", "width", "height")


def has_columns(layout: Sequence[str]) -> bool:
    """Whether a table with these columns has all required values."""
    return all(set(NAMES[name]) & set(layout) for name in NEEDED)


@dataclass(frozen=True)
class RegionArrays:
    """Unvalidated arrays of one picture.

    Attributes:
        values: arrays by the keys of `NAMES`; absent ones are left out.
        pickled: names of further values that are pickled objects and were not read.
    """

    values: dict[str, NDArray[Any]]
    pickled: tuple[str, ...] = field(default=())


def region_fields(width: int, dtype: str) -> tuple[Field, ...]:
    """The fields of a store of regions, whose rows are sorted by descending score.

    `boxes`: x1 y1 x2 y2 in pixels. `labels`: class indices, -1 if the source has none. `scores`: from 0 to 1, and 1 if
    the source has none. `features`: `width` numbers.
    """
    return (
        Field("boxes", (-1, 4), "float32"),
        Field("labels", (-1,), "int64"),
        Field("scores", (-1,), "float32"),
        Field("features", (-1, width), dtype),
    )


def region_row(regions: RegionArrays, dtype: str) -> Row:
    """Validate the regions of a picture and sort them by descending score (stable).

    Facts: `size` (width and height in pixels), `last_label` (-1 for no labels), `pickled` (names, if there are any).

    Raises:
        BadPictureError: a value is missing, of a wrong shape, or out of range.
    """
    values = regions.values
    if lacking := [name for name in ("features", "boxes", "width", "height") if name not in values]:
        raise BadPictureError("no " + ", no ".join(f"{name} ({' or '.join(NAMES[name])})" for name in lacking))
    features, boxes = _features(values["features"], dtype), _numbers("boxes", values["boxes"])
    count = len(features)
    if boxes.shape != (count, 4):
        raise BadPictureError(f"boxes have the shape {boxes.shape}, expected {(count, 4)} as for the features")
    if "count" in values and (announced := _whole("count", values["count"])) != count:
        raise BadPictureError(f"{announced} regions announced, {count} present")
    size = [_whole(name, values[name]) for name in ("width", "height")]
    if not all(0 < side <= _SIZE_LIMIT for side in size):
        raise BadPictureError(f"a picture of {size[0]} x {size[1]} pixels")
    check_boxes(boxes, size)
    labels, scores = _labels(values.get("labels"), count), _scores(values.get("scores"), count)
    facts: dict[str, Any] = {"size": size, "last_label": int(labels.max())}
    if regions.pickled:
        facts["pickled"] = list(regions.pickled)
    arrays = {"boxes": boxes, "labels": labels, "scores": scores, "features": features}
    order = np.argsort(-scores, kind="stable")
    return Row({name: array[order] for name, array in arrays.items()}, facts)


def _numbers(name: str, value: NDArray[Any]) -> NDArray[Any]:
    if value.dtype.kind not in "fiu":
        raise BadPictureError(f"{name} are {value.dtype}, not numbers")
    if not np.isfinite(value).all():
        raise BadPictureError(f"{name} hold values that are not finite")
    return value


def _features(value: NDArray[Any], dtype: str) -> NDArray[Any]:
    if value.ndim != 2 or not value.shape[1]:
        raise BadPictureError(f"features have the shape {value.shape}, expected (regions, width)")
    if not len(value):
        raise BadPictureError("no regions")
    with np.errstate(over="ignore"):
        features = _numbers("features", value).astype(dtype)
    if not np.isfinite(features).all():
        raise BadPictureError(f"features are too large for {dtype}; import them as float32")
    return features


def _whole(name: str, value: NDArray[Any]) -> int:
    if value.size != 1 or value.dtype.kind not in "fiu" or not float(value.item()).is_integer():
        raise BadPictureError(f"{name} is not one whole number")
    return int(value.item())


def check_boxes(boxes: NDArray[Any], size: Sequence[int]) -> None:
    """Validate boxes against the size of their picture.

    Args:
        boxes: x1 y1 x2 y2 in pixels, [boxes, 4].
        size: width and height of the picture.

    Raises:
        BadPictureError: a box is empty or ends outside the picture, or all coordinates are relative to its size.
    """
    if not len(boxes):
        return
    x1, y1, x2, y2 = boxes.T.astype(np.float32)
    wrong = ~((x1 >= 0) & (y1 >= 0) & (x1 < x2) & (y1 < y2))
    if wrong.any():
        raise BadPictureError(f"box {boxes[wrong][0].tolist()} is not x1 y1 x2 y2 with 0 <= x1 < x2, 0 <= y1 < y2")
    if max(x2.max(), y2.max()) <= 1 < max(size):
        raise BadPictureError("no coordinate exceeds 1: boxes relative to the picture's size, but pixels are required")
    width, height = (side * _SLACK + _SLACK_PIXELS for side in size)
    outside = (x2 > width) | (y2 > height)
    if outside.any():
        picture = f"the picture of {size[0]} x {size[1]} (are width and height swapped?)"
        raise BadPictureError(f"box {boxes[outside][0].tolist()} ends outside {picture}")


def _labels(value: NDArray[Any] | None, count: int) -> NDArray[Any]:
    if value is None:
        return np.full(count, -1, np.int64)
    if value.shape != (count,):
        raise BadPictureError(f"labels have the shape {value.shape}, expected {(count,)}")
    labels = _numbers("labels", value)
    if (labels < 0).any() or (labels >= _LABEL_LIMIT).any() or (labels != np.floor(labels)).any():
        raise BadPictureError(f"labels are not class numbers from 0 to {_LABEL_LIMIT - 1:,}")
    return labels.astype(np.int64)


def _scores(value: NDArray[Any] | None, count: int) -> NDArray[Any]:
    if value is None:
        return np.ones(count, np.float32)
    if value.shape != (count,):
        raise BadPictureError(f"scores have the shape {value.shape}, expected {(count,)}")
    scores = _numbers("scores", value)
    # A softmax in single precision can exceed 1 by a rounding error.
    if (scores < 0).any() or (scores > 1 + 1e-5).any():
        raise BadPictureError("scores are not between 0 and 1")
    bounded: NDArray[Any] = np.minimum(scores, 1).astype(np.float32)
    return bounded
