"""Thumbnails of tweets' pictures, embedded in a self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.reports.render.html.data_uri import data_uri

SIDE = 160  # pixels of the longer side
_QUALITY = 70


def thumbnails(files: Mapping[str, Path]) -> dict[str, str]:
    """Thumbnails of the readable pictures as `data:` URIs, by image id.

    Args:
        files: picture files, by image id.
    """
    addresses: dict[str, str] = {}
    for image, path in files.items():
        try:
            picture = read_picture(path)
        except BadPictureError:
            continue  # unreadable pictures are counted when features are extracted
        picture.thumbnail((SIDE, SIDE))
        addresses[image] = data_uri(picture, "jpeg", quality=_QUALITY, optimize=True)
    return addresses
