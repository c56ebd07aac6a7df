"""From the bytes of a picture to pixels, with every way in which a file from the internet can be bad told by name."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

from mnerbench.datasets.errors import MnerbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
PIXEL_LIMIT = 50_000_000
BYTE_LIMIT = 64 << 20


class BadPictureError(MnerbenchError):
    """A picture that cannot be used; the text is the reason. Never fatal to the pictures beside it."""


def decode_picture(data: bytes) -> Image:
    """The pixels of a picture as RGB: first frame of an animation, upright as its EXIF says, transparency on white.

    Args:
        data: the file's content.

    Raises:
        BadPictureError: empty, truncated, not one of `FORMATS`, or larger than the limits. The size is read from the
            header, so a decompression bomb is refused before it costs memory.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not data:
        raise BadPictureError("the file is empty")
    if len(data) > BYTE_LIMIT:
        raise BadPictureError(f"{len(data):,} bytes, over the limit of {BYTE_LIMIT:,}")
    try:
        with warnings.catch_warnings():
            # Our own limit decides; Pillow's warning would only repeat it.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > PIXEL_LIMIT:
                    raise BadPictureError(f"{width} x {height} pixels, over the limit of {PIXEL_LIMIT:,}")
                picture.load()
                return _on_white(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:
        raise BadPictureError(f"not a picture in {', '.join(FORMATS)}") from error
    except Image.DecompressionBombError as error:
        raise BadPictureError(f"over the limit of {PIXEL_LIMIT:,} pixels") from error
    # Pillow's decoders raise all of these on broken files.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError) as error:
        raise BadPictureError(f"cannot be decoded: {str(error) or type(error).__name__}") from error


def _on_white(picture: Image) -> Image:
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    if picture.mode.startswith("I;16"):
        # 16-bit grey: Pillow's own conversion clips instead of scaling.
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")
