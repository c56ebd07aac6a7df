"""Pictures as part of a page: `data:` addresses, so that the page needs no other file."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


def data_address(picture: Image, kind: str, **options: Any) -> str:
    """A picture as a `data:` address.

    Args:
        picture: as large as it is to be.
        kind: `png` or `jpeg`.
        options: of Pillow's encoder.
    """
    stream = BytesIO()
    picture.save(stream, kind.upper(), **options)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
