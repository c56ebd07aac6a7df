"""Pictures in messages: bounded in size, and identified by their pixels."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class ChatPicture:
    """A picture as it is sent; its pixels are loaded again when it is, since thousands do not fit into memory.

    Attributes:
        width: in pixels.
        height: in pixels.
        digest: sha256 of size and pixels, in hex. The bytes of a file depend on the version of the library.
        load: the picture, of this size.
    """

    width: int
    height: int
    digest: str
    load: Callable[[], Image] = field(compare=False, repr=False)

    @classmethod
    def of(cls, load: Callable[[], Image], size: int) -> ChatPicture:
        """A picture, scaled down to a longest side of `size` pixels; smaller ones keep their size.

        Raises:
            BadPictureError: by `load`.
        """
        picture = _scaled(load(), size)
        pixels = hashlib.sha256(f"{picture.width}x{picture.height}:".encode() + picture.tobytes())
        return cls(*picture.size, pixels.hexdigest(), lambda: _scaled(load(), size))

    @property
    def part(self) -> dict[str, Any]:
        """The part of a message, as the server takes it: PNG, in base64."""
        stream = io.BytesIO()
        self.load().save(stream, format="PNG")
        url = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
        return {"type": "image_url", "image_url": {"url": url}}

    @property
    def note(self) -> dict[str, Any]:
        """The picture in words, for digests and records."""
        return {"type": "picture", "size": [self.width, self.height], "pixels": self.digest}


def _scaled(picture: Image, size: int) -> Image:
    from PIL.Image import Resampling

    picture, longest = picture.convert("RGB"), max(picture.size)
    if longest <= size:
        return picture
    width, height = (max(1, round(side * size / longest)) for side in picture.size)
    return picture.resize((width, height), Resampling.BICUBIC)
