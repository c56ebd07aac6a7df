"""PNG files whose bytes are decided by their pixels alone.

A picture is identified by the sha256 of its file, and what a deflate library makes of the same pixels differs between
libraries and their versions. So nothing is compressed: stored blocks leave a library no choice, and CRC-32 and Adler-32
are fixed by their standards. Formats: PNG (ISO/IEC 15948), zlib (RFC 1950), deflate (RFC 1951).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# 8 bits per channel, red, green and blue; deflate, the usual filters, not interlaced.
_FORMAT = bytes((8, 2, 0, 0, 0))
# The deflate method with the smallest effort, in a multiple of 31, as the format asks.
_ZLIB_HEADER = b"\x78\x01"
_LARGEST_BLOCK = 65_535


def png_bytes(image: Image) -> bytes:
    """A picture as a PNG file without compression, three bytes per pixel and a little more.

    Args:
        image: RGB.
    """
    size = b"".join(side.to_bytes(4, "big") for side in image.size)
    pixels, row = image.tobytes(), 3 * image.width
    # Every row begins with the number of its filter, here none.
    rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
    return _SIGNATURE + _chunk(b"IHDR", size + _FORMAT) + _chunk(b"IDAT", _stored(rows)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def _stored(content: bytes) -> bytes:
    """A zlib stream of stored blocks; the last one is marked, and each tells its length twice, once inverted."""
    parts = [_ZLIB_HEADER]
    for start in range(0, len(content), _LARGEST_BLOCK):
        block = content[start : start + _LARGEST_BLOCK]
        last = start + len(block) == len(content)
        lengths = len(block), _LARGEST_BLOCK - len(block)
        parts += [bytes([last]), *(length.to_bytes(2, "little") for length in lengths), block]
    return b"".join(parts) + zlib.adler32(content).to_bytes(4, "big")
