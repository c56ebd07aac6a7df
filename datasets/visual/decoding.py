"""Decode picture files to RGB; every defect of a downloaded file becomes a named error."""

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

# EXIF orientations other than upright, and the Pillow transposition that undoes each.
_ORIENTATION = 0x0112
_TRANSPOSES = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


class BadPictureError(MnerbenchError):
    """A picture is unusable; the message is the reason. Other pictures are not affected."""


class TransientPictureError(BadPictureError):
    """A picture is unusable for a reason outside its bytes, such as a disk error; the result must not be cached."""


def decode_picture(data: bytes) -> Image:
    """Decode a picture to RGB: first frame of an animation, EXIF orientation applied, transparency on white.

    Args:
        data: the file's content.

    Raises:
        BadPictureError: the file is empty, truncated, not in one of `FORMATS`, or over the limits. The size is read
            from the header, so that a decompression bomb is rejected before it is decompressed.
        TransientPictureError: there is not enough memory at the moment.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise BadPictureError("the file is empty")
    if len(data) > BYTE_LIMIT:
        raise BadPictureError(f"{len(data):,} bytes, over the limit of {BYTE_LIMIT:,}")
    try:
        with warnings.catch_warnings():
            # Pixel limits are checked below; any other problem raises or is harmless. The filter is restricted to
            # Pillow because concurrent decoding threads can leave it behind.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > PIXEL_LIMIT:
                    raise BadPictureError(f"{width} x {height} pixels, over the limit of {PIXEL_LIMIT:,}")
                picture.load()
                return _on_white(_upright(picture))
    except UnidentifiedImageError as error:
        raise BadPictureError(f"not a picture in {', '.join(FORMATS)}") from error
    except Image.DecompressionBombError as error:
        raise BadPictureError(f"over the limit of {PIXEL_LIMIT:,} pixels") from error
    except MemoryError as error:
        raise TransientPictureError("not enough memory to decode it") from error
    except BadPictureError:
        raise
    # Pillow's decoders raise arbitrary exceptions on broken files.
    except Exception as error:
        raise BadPictureError(f"cannot be decoded: {str(error) or type(error).__name__}") from error


def _upright(picture: Image) -> Image:
    """Apply the EXIF orientation; return the picture unchanged if the orientation cannot be read.

    Pillow's `exif_transpose` also rewrites all other tags, so it fails when any of those is damaged.
    """
    from PIL import Image

    try:
        transpose = _TRANSPOSES.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - Pillow's EXIF parser raises arbitrary exceptions
        return picture
    return picture if transpose is None else picture.transpose(Image.Transpose[transpose])


def _on_white(picture: Image) -> Image:
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        background = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(background, layer).convert("RGB")
    if picture.mode.startswith("I;16"):
        # Pillow's conversion of 16-bit grey clips instead of scaling.
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")
