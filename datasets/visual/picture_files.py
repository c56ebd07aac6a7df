"""The picture files of a run, for methods that read pictures themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from mnerbench.datasets.corpus import ImageRef, ids_of
from mnerbench.datasets.inputs import BLANK
from mnerbench.datasets.visual.decoding import decode_picture
from mnerbench.datasets.visual.extraction import read_picture
from mnerbench.datasets.visual.pictures import Picture, blank_picture

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class PictureFiles:
    """The picture files of a corpus.

    Attributes:
        files: by image id.
        fingerprint: sha256 of ids and contents.
        missing: number of tweets without a picture.
    """

    files: Mapping[str, Picture]
    fingerprint: str
    missing: int

    def loaders(self, image: ImageRef) -> list[Callable[[], Image]]:
        """Loaders of a tweet's pictures, decoded (RGB); of the grey one for the view `it-blank`.

        A loader raises `BadPictureError` if the picture cannot be decoded, or has changed since the run was planned.
        """
        if image == BLANK:
            return [partial(decode_picture, blank_picture())]
        files = [self.files[name] for name in ids_of(image) if name in self.files]
        return [partial(read_picture, file.path, file.digest) for file in files]
