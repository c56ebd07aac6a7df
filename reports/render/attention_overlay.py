"""Where a method looks while it reads a tweet, drawn on the picture ("Can images help", Fig. 1)."""

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
from mnerbench.reports.render.html.data_uri import data_address
from mnerbench.reports.render.thumbnails import SIDE

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOUR = (255, 96, 0)
_STRONGEST = 0.75  # opacity of the cell that is looked at most
_LINE = 3
# The part of the shorter side that extractors of grids cut out of the centre.
_SEEN = 224 / 256


def attention_picture(store: RunStore, identity: str, tweet: str, spans: Sequence[Span], picture: Path) -> str | None:
    """The picture of a tweet with the cells that its entities look at, as a `data:` address.

    The opacity of a cell grows with its weight, mean over the words of the entities (over all words where there are
    none). Cells of a raster lie over the centre square that extractors of grids see; regions are drawn as boxes.

    Args:
        store: the results folder.
        identity: of the run.
        tweet: its id.
        spans: the entities whose words look.
        picture: the file.

    Returns:
        None for a tweet that was not sampled, a method that does not look at cells, and a picture that cannot be read.

    Raises:
        StoreError: the file of weights is damaged.
    """
    known = load_attention(store, identity, tweet)
    if not known or not known["weights"].any():
        return None
    if any(span.end > len(known["weights"]) for span in spans):
        path = attention_path(store, identity)
        raise StoreError(f"{named(path)}: attention of other words than the tweet has\n  -> {REPEAT}")
    try:
        image = read_picture(picture)
    except BadPictureError:
        return None
    shares = cell_weights(known["weights"], spans)
    boxes = _boxes(known, image.size) if "boxes" in known else _raster(len(shares), image.size)
    drawn = _draw(image, boxes, shares / max(shares.max(), 1e-9), outline="boxes" in known)
    return data_address(drawn, "jpeg", quality=75, optimize=True)


def cell_weights(weights: NDArray[Any], spans: Sequence[Span]) -> NDArray[np.float64]:
    """Mean weight of each cell over the words of some entities, or over all words: [words, cells] to [cells]."""
    words = [place for span in spans for place in range(span.start, span.end)] or list(range(len(weights)))
    found: NDArray[np.float64] = weights[words].astype(np.float64).mean(0)
    return found


def _raster(cells: int, size: tuple[int, int]) -> NDArray[np.float64]:
    """Boxes of a square raster over the centre square that extractors see, row by row."""
    side, edge = math.isqrt(cells), _SEEN * min(size)
    left, top = (size[0] - edge) / 2, (size[1] - edge) / 2
    step = edge / side
    corners = [(left + step * (n % side), top + step * (n // side)) for n in range(side * side)]
    return np.array([(x, y, x + step, y + step) for x, y in corners])


def _boxes(known: dict[str, NDArray[Any]], size: tuple[int, int]) -> NDArray[np.float64]:
    """Boxes in the pixels of the file, whatever size the detector saw."""
    scale = np.array(size, np.float64) / np.maximum(known["size"].astype(np.float64), 1)
    found: NDArray[np.float64] = known["boxes"].astype(np.float64) * np.tile(scale, 2)
    return found


def _draw(image: Image, boxes: NDArray[np.float64], strength: NDArray[np.float64], *, outline: bool) -> Image:
    from PIL import Image as Images
    from PIL import ImageDraw

    shown = image.copy()
    shown.thumbnail((2 * SIDE, 2 * SIDE))
    boxes = boxes * shown.width / image.width
    layer = Images.new("RGBA", shown.size)
    brush = ImageDraw.Draw(layer)
    for box, share in zip(boxes, strength, strict=True):
        colour = (*_COLOUR, round(255 * _STRONGEST * float(share)))
        if outline:
            brush.rectangle(tuple(box), outline=colour, width=_LINE)
        else:
            brush.rectangle(tuple(box), fill=colour)
    return Images.alpha_composite(shown.convert("RGBA"), layer).convert("RGB")
