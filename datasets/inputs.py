"""What of a picture a method can ask for, and under which picture a tweet is evaluated."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from enum import StrEnum


class InputKind(StrEnum):
    """A visual input; its value is also the name that files and tables use.

    `global`: one vector of the whole picture. `grid`: one vector per cell of a raster. `regions`: boxes with labels,
    scores and vectors. `tags`: names of things, with attributes. `captions`: sentences about the picture. `ocr`: text
    read in the picture. `text`: any other text that somebody wrote about it.
    """

    GLOBAL = "global"
    GRID = "grid"
    REGIONS = "regions"
    TAGS = "tags"
    CAPTIONS = "captions"
    OCR = "ocr"
    TEXT = "text"

    @property
    def is_text(self) -> bool:
        """Whether a method reads it as words, not as vectors."""
        return self not in (InputKind.GLOBAL, InputKind.GRID, InputKind.REGIONS)


# The captions that a probe has of its own.
DRAWN = "drawn"

# A file in the dataset's folder, where a kind of input has just one.
FILE = "file"

# Where inputs come from unless a suite or a flag says otherwise.
DEFAULT_SOURCES: Mapping[InputKind, str] = {
    InputKind.GLOBAL: "resnet152",
    InputKind.GRID: "resnet152",
    InputKind.REGIONS: f"{FILE}|fasterrcnn_resnet50_fpn",
    InputKind.TAGS: f"{FILE}|fasterrcnn_resnet50_fpn",
    InputKind.CAPTIONS: "blip2",
    InputKind.OCR: f"{FILE}|tesseract",
    InputKind.TEXT: "",  # has no usual source: `text.NAME.txt` has to be named
}


class View(StrEnum):
    """Which picture goes with a tweet at evaluation time (or, for `it` and `t`, in training)."""

    IT = "it"
    T = "t"
    IT_SHUFFLED = "it-shuffled"
    IT_BLANK = "it-blank"


# The image id of the grey picture that every tweet shows in the view `it-blank`. No file name can hold a NUL.
BLANK = "\0blank"


def viewed_images(view: View, image_ids: Sequence[str | None], seed: int) -> tuple[str | None, ...]:
    """The image id that each tweet of a split shows in one view.

    `it`: the tweet's own; `t`: none; `it-shuffled`: another tweet's, by a seeded cyclic permutation, so that
    no tweet keeps its own place (a picture that two tweets share can still meet the other of them); `it-blank`: the
    grey picture.
    """
    if view is View.IT:
        return tuple(image_ids)
    if view in (View.T, View.IT_BLANK):
        return (None if view is View.T else BLANK,) * len(image_ids)
    order = list(range(len(image_ids)))
    random.Random(seed).shuffle(order)  # noqa: S311 - not for secrets
    shown: list[str | None] = [None] * len(image_ids)
    for here, there in zip(order, order[1:] + order[:1], strict=True):
        shown[here] = image_ids[there]
    return tuple(shown)
