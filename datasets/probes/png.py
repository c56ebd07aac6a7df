"""PNG files whose bytes depend only on their pixels.

A picture is identified by the sha256 of its file, but the output of a deflate library for the same pixels differs
between libraries and versions. So nothing is compressed: stored blocks are unique, and CRC-32 and Adler-32 are fixed by
their standards. Formats: PNG (ISO/IEC 15948), zlib (RFC 1950), deflate (RFC 1951).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# 8 bits per channel, red, green and blue; deflate, the standard filters, not interlaced.
_FORMAT = bytes((8, 2, 0, 0, 0))
# Deflate at the fastest level; the two bytes form a multiple of 31, as the format requires.
_ZLIB_HEADER = b"\x78\x01"
_LARGEST_BLOCK = 65_535


def png_bytes(image: Image) -> bytes:
    """Encode a picture as a PNG file without compression, slightly more than three bytes per pixel.

    Args:
        image: an RGB picture.
    """
    size = b"".join(side.to_bytes(4, "big") for side in image.size)
    pixels, row = image.tobytes(), 3 * image.width
    # Every row begins with the number of its filter; 0 is none.
    rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
    return _SIGNATURE + _chunk(b"IHDR", size + _FORMAT) + _chunk(b"IDAT", _stored(rows)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def _stored(content: bytes) -> bytes:
    """A zlib stream of stored blocks; the last one is marked, and each states its length twice, once inverted."""
    parts = [_ZLIB_HEADER]
    for start in range(0, len(content), _LARGEST_BLOCK):
        block = content[start : start + _LARGEST_BLOCK]
        last = start + len(block) == len(content)
        lengths = len(block), _LARGEST_BLOCK - len(block)
        parts += [bytes([last]), *(length.to_bytes(2, "little") for length in lengths), block]
    return b"".join(parts) + zlib.adler32(content).to_bytes(4, "big")
