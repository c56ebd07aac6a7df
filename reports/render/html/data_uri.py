"""Pictures as `data:` URIs, so that a page needs no other file."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


def data_uri(picture: Image, kind: str, **options: Any) -> str:
    """Encode a picture as a `data:` URI.

    Args:
        picture: in its final size.
        kind: `png` or `jpeg`.
        options: of Pillow's encoder.
    """
    stream = BytesIO()
    picture.save(stream, kind.upper(), **options)
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
