"""Kinds of visual input, their default sources, and the views under which a tweet is evaluated."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from enum import StrEnum

from mnerbench.datasets.corpus import ImageRef


class InputKind(StrEnum):
    """A kind of visual input; its value is also its name in files and tables.

    `global`: one vector of the whole picture. `grid`: one vector per cell of a regular grid. `regions`: boxes with
    labels, scores and vectors. `tags`: names of objects, with attributes. `captions`: sentences about the picture.
    `ocr`: text recognised in the picture. `text`: any other text about the picture. `picture`: the picture itself, for
    methods that hand it to a model of their own.
    """

    GLOBAL = "global"
    GRID = "grid"
    REGIONS = "regions"
    TAGS = "tags"
    CAPTIONS = "captions"
    OCR = "ocr"
    TEXT = "text"
    PICTURE = "picture"

    @property
    def is_text(self) -> bool:
        """Whether methods read it as words instead of vectors."""
        return self not in (InputKind.GLOBAL, InputKind.GRID, InputKind.REGIONS, InputKind.PICTURE)


# The source of the captions that ship with a probe.
DRAWN = "drawn"

# The source of a kind of input that has just one file in the dataset's folder.
FILE = "file"

# Sources of the inputs unless a suite or a flag sets others.
DEFAULT_SOURCES: Mapping[InputKind, str] = {
    InputKind.GLOBAL: "resnet152",
    InputKind.GRID: "resnet152",
    InputKind.REGIONS: f"{FILE}|fasterrcnn_resnet50_fpn",
    InputKind.TAGS: f"{FILE}|fasterrcnn_resnet50_fpn",
    InputKind.CAPTIONS: "blip2",
    InputKind.OCR: f"{FILE}|tesseract",
    InputKind.TEXT: "",  # no default: `text.NAME.txt` has to be named
    InputKind.PICTURE: FILE,
}


class View(StrEnum):
    """Which picture a tweet is shown with in evaluation (`it` and `t` also in training); see `viewed_images`."""

    IT = "it"
    T = "t"
    IT_SHUFFLED = "it-shuffled"
    IT_BLANK = "it-blank"


# The image id of the grey picture of the view `it-blank`. No file name can contain a NUL.
BLANK = "\0blank"


def viewed_images(view: View, image_ids: Sequence[ImageRef], seed: int) -> tuple[ImageRef, ...]:
    """The image id of each tweet of a split in one view, or the ids of its pictures if there are several.

    `it`: the tweet's own picture. `t`: none. `it-shuffled`: that of another tweet, by a seeded cyclic permutation
    without fixed points (two tweets that share a picture may still exchange it); several pictures of a tweet stay
    together. `it-blank`: one grey picture.
    """
    if view is View.IT:
        return tuple(image_ids)
    if view in (View.T, View.IT_BLANK):
        return (None if view is View.T else BLANK,) * len(image_ids)
    order = list(range(len(image_ids)))
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    shuffled: list[ImageRef] = [None] * len(image_ids)
    for target, source in zip(order, order[1:] + order[:1], strict=True):
        shuffled[target] = image_ids[source]
    return tuple(shuffled)
