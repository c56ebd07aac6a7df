"""PNG files of probes: decoding returns the pixels, and the bytes do not depend on a library."""

import hashlib
import zlib
from io import BytesIO

import pytest
from PIL import Image

from mnerbench.datasets.probes.png import png_bytes
from mnerbench.datasets.visual.decoding import decode_picture


def colourful(width, height):
    raw = hashlib.shake_256(f"{width} {height}".encode()).digest(3 * width * height)
    return Image.frombytes("RGB", (width, height), raw)


# One block of the stream holds 65,535 bytes, a row one byte more than its pixels: 65,533 bytes, one full block, a byte
# more, two full blocks, many.
SIZES = [(1, 1), (96, 96), (21_844, 1), (1456, 15), (21_845, 1), (1456, 30), (512, 512)]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_is_what_was_written(size):
    image = colourful(*size)
    data = png_bytes(image)
    with Image.open(BytesIO(data)) as read:
        assert (read.format, read.mode, read.size) == ("PNG", "RGB", size)
        read.verify()
    assert decode_picture(data).tobytes() == image.tobytes()
    # Pillow verifies the checksums of chunks, zlib that of the stream, which has 41 bytes before it and 16 after it.
    assert len(zlib.decompress(data[41:-16])) == size[1] * (3 * size[0] + 1)


def test_nothing_is_compressed_so_that_no_library_decides_the_bytes():
    assert len(png_bytes(colourful(96, 96))) == len(png_bytes(Image.new("RGB", (96, 96)))) == 96 * (3 * 96 + 1) + 68
