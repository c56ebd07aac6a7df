"""Small pictures of tweets, as they are embedded in a page that has to work without any other file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.reports.render.html.data_uri import data_address

SIDE = 160  # pixels of the longer side
_QUALITY = 70


def thumbnails(files: Mapping[str, Path]) -> dict[str, str]:
    """`data:` addresses of the pictures that can be decoded, by image id.

    Args:
        files: of the tweets that a page shows, by image id.
    """
    found: dict[str, str] = {}
    for image, path in files.items():
        try:
            picture = read_picture(path)
        except BadPictureError:
            continue  # counted where features are made; a page can do without
        picture.thumbnail((SIDE, SIDE))
        found[image] = data_address(picture, "jpeg", quality=_QUALITY, optimize=True)
    return found
