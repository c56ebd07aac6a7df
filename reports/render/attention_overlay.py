"""Attention of a method, drawn on the picture of a tweet ("Can images help", Fig. 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.attention import attention_path, load_attention
from mnerbench.benchmark.results.store import REPEAT, RunStore
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.tagging import Span
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.reports.render.html.data_uri import data_uri
from mnerbench.reports.render.thumbnails import SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOUR = (255, 96, 0)
_STRONGEST = 0.75  # opacity of the cell with the highest weight
_LINE = 3
# Side of the centre crop of grid extractors, as a share of the shorter side.
_CROP = 224 / 256


def attention_picture(store: RunStore, identity: str, tweet: str, spans: Sequence[Span], picture: Path) -> str | None:
    """The picture of a tweet with the attention of its entities, as a `data:` URI.

    The opacity of a cell is proportional to its weight, averaged over the words of the entities (over all words without
    entities). Grid cells cover the centre crop of grid extractors; regions are drawn as boxes.

    Args:
        store: the results folder.
        identity: of the run.
        tweet: id of the tweet.
        spans: the entities.
        picture: the picture file.

    Returns:
        None for a tweet that was not sampled, a method without attention over cells, and an unreadable picture.

    Raises:
        StoreError: the file of weights is damaged.
    """
    stored = load_attention(store, identity, tweet)
    if not stored or not stored["weights"].any():
        return None
    if any(span.end > len(stored["weights"]) for span in spans):
        path = attention_path(store, identity)
        raise StoreError(f"{named(path)}: attention does not match the words of the tweet\n  -> {REPEAT}")
    try:
        image = read_picture(picture)
    except BadPictureError:
        return None
    shares = cell_weights(stored["weights"], spans)
    boxes = _boxes(stored, image.size) if "boxes" in stored else _raster(len(shares), image.size)
    drawn = _draw(image, boxes, shares / max(shares.max(), 1e-9), outline="boxes" in stored)
    return data_uri(drawn, "jpeg", quality=75, optimize=True)


def cell_weights(weights: NDArray[Any], spans: Sequence[Span]) -> NDArray[np.float64]:
    """Mean weight of each cell over the words of some entities, or over all words: [words, cells] to [cells]."""
    words = [index for span in spans for index in range(span.start, span.end)] or list(range(len(weights)))
    mean: NDArray[np.float64] = weights[words].astype(np.float64).mean(0)
    return mean


def _raster(cells: int, size: tuple[int, int]) -> NDArray[np.float64]:
    """Boxes of a square grid over the centre crop, row by row, float [cells, 4] in pixels."""
    side, edge = math.isqrt(cells), _CROP * min(size)
    left, top = (size[0] - edge) / 2, (size[1] - edge) / 2
    step = edge / side
    corners = [(left + step * (n % side), top + step * (n // side)) for n in range(side * side)]
    return np.array([(x, y, x + step, y + step) for x, y in corners])


def _boxes(stored: dict[str, NDArray[Any]], size: tuple[int, int]) -> NDArray[np.float64]:
    """Boxes of regions, scaled from the size that the detector read to the pixels of the file, float [regions, 4]."""
    scale = np.array(size, np.float64) / np.maximum(stored["size"].astype(np.float64), 1)
    boxes: NDArray[np.float64] = stored["boxes"].astype(np.float64) * np.tile(scale, 2)
    return boxes


def _draw(image: Image, boxes: NDArray[np.float64], strength: NDArray[np.float64], *, outline: bool) -> Image:
    from PIL import Image as Images
    from PIL import ImageDraw

    small = image.copy()
    small.thumbnail((2 * SIDE, 2 * SIDE))
    boxes = boxes * small.width / image.width
    layer = Images.new("RGBA", small.size)
    brush = ImageDraw.Draw(layer)
    for box, share in zip(boxes, strength, strict=True):
        colour = (*_COLOUR, round(255 * _STRONGEST * float(share)))
        if outline:
            brush.rectangle(tuple(box), outline=colour, width=_LINE)
        else:
            brush.rectangle(tuple(box), fill=colour)
    return Images.alpha_composite(small.convert("RGBA"), layer).convert("RGB")
