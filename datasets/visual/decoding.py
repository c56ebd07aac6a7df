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

# EXIF's orientations beside the upright one, and Pillow's names for what undoes them.
_ORIENTATION = 0x0112
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}


class BadPictureError(MnerbenchError):
    """A picture that cannot be used; the text is the reason. Never fatal to the pictures beside it."""


class PassingFaultError(BadPictureError):
    """A picture that could not be used this time, for a reason that is not in its bytes; never to be remembered."""


def decode_picture(data: bytes) -> Image:
    """The pixels of a picture as RGB: first frame of an animation, upright as its EXIF says, transparency on white.

    Args:
        data: the file's content.

    Raises:
        BadPictureError: empty, truncated, not one of `FORMATS`, or larger than the limits. The size is read from the
            header, so a decompression bomb is refused before it costs memory.
        PassingFaultError: there is not enough memory now.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise BadPictureError("the file is empty")
    if len(data) > BYTE_LIMIT:
        raise BadPictureError(f"{len(data):,} bytes, over the limit of {BYTE_LIMIT:,}")
    try:
        with warnings.catch_warnings():
            # Our own limit decides, and what else Pillow warns of either becomes a reason or does not matter. Only its
            # warnings: threads that decode at the same time can leave this filter behind.
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
        raise PassingFaultError("not enough memory to decode it") from error
    except BadPictureError:
        raise
    # Pillow's decoders raise whatever a broken file leads them to.
    except Exception as error:
        raise BadPictureError(f"cannot be decoded: {str(error) or type(error).__name__}") from error


def _upright(picture: Image) -> Image:
    """As the camera's orientation says; as it is where that cannot be read.

    Pillow's `exif_transpose` also writes all other tags back, and so fails on pictures of which only those are damaged.
    """
    from PIL import Image

    try:
        turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - Pillow's parser of EXIF raises whatever damage leads it to
        return picture
    return picture if turn is None else picture.transpose(Image.Transpose[turn])


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
