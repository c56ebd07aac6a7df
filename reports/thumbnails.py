"""Small pictures of tweets, as they are embedded in a page that has to work without any other file."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

SIDE = 160  # pixels of the longer side
_QUALITY = 70


def thumbnails(image_ids: Iterable[str], folder: Path) -> dict[str, str]:
    """`data:` addresses of the pictures that are there and can be decoded, by image id.

    Args:
        image_ids: of the tweets that a page shows.
        folder: of the dataset; pictures lie below its `images/`.
    """
    found: dict[str, str] = {}
    for image, path in find_pictures(folder / IMAGE_FOLDER, image_ids).items():
        try:
            picture = read_picture(path)
        except BadPictureError:
            continue  # counted where features are made; a page can do without
        picture.thumbnail((SIDE, SIDE))
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=_QUALITY, optimize=True)
        found[image] = "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
    return found
