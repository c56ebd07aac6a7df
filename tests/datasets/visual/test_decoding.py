"""Decoding of pictures from the internet: valid ones become RGB, all others raise an error with the reason."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mnerbench.datasets.visual.decoding import BadPictureError, TransientPictureError, decode_picture
from mnerbench.datasets.visual.pictures import blank_picture


def saved(image, form, **options):
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def halves(mode="RGB", size=(40, 20)):
    """Left half red, right half blue."""
    image = Image.new("RGB", size, (255, 0, 0))
    image.paste((0, 0, 255), (size[0] // 2, 0, *size))
    return image.convert(mode)


def turned(form):
    """The halves with camera tags, including a rotated orientation."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x011A] = "maker", 6, 72.5
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01 00:00:00"
    return saved(halves(), form, exif=exif)


def with_checksums(content):
    """A PNG with correct chunk checksums despite damaged content."""
    result, start = content[:8], 8
    while start < len(content):
        end = start + 8 + struct.unpack(">I", content[start : start + 4])[0]
        result += content[start:end] + struct.pack(">I", zlib.crc32(content[start + 4 : end]))
        start = end + 4
    return result


def bomb(width=30_000, height=30_000):
    """A PNG of a few kilobytes with a large true size in its header."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 100), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        *((form, mode) for form in ("PNG", "GIF", "WEBP", "BMP") for mode in ("RGB", "L", "P", "1")),
    ],
)
def test_every_format_and_mode_becomes_rgb(form, mode):
    image = decode_picture(saved(halves(mode), form))
    assert (image.mode, image.size) == ("RGB", (40, 20))
    expected = np.asarray(halves(mode).convert("RGB"), int)
    actual = np.asarray(image, int)
    # Away from the edge, where JPEG blurs.
    for x in (5, 34):
        assert abs(actual[10, x] - expected[10, x]).max() < 40


def test_the_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees clockwise
    image = decode_picture(saved(halves(), "JPEG", exif=exif, quality=95))
    assert image.size == (20, 40)
    assert image.getpixel((10, 5))[0] > 200
    assert image.getpixel((10, 34))[2] > 200


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("kind", [1, 3, 5, 12])
def test_the_orientation_is_applied_despite_other_damaged_tags(form, kind):
    """A maker tag of numeric type, on which Pillow's `exif_transpose` fails when it rewrites the tags."""
    content = turned(form)
    maker = content.index(b"\x01\x0f\x00\x02") + 3
    damaged = content[:maker] + bytes([kind]) + content[maker + 1 :]
    assert decode_picture(with_checksums(damaged) if form == "PNG" else damaged).size == (20, 40)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["JPEG", "PNG"]))
def test_damaged_camera_tags_affect_at_most_the_orientation(data, form):
    content = bytearray(turned(form))
    start = content.index(b"MM\0*")
    for _ in range(data.draw(st.integers(1, 6))):
        content[start + data.draw(st.integers(4, 100))] = data.draw(st.one_of(st.integers(0, 12), st.integers(0, 255)))
    actual = decode_picture(with_checksums(bytes(content)) if form == "PNG" else bytes(content))
    assert actual.size in {(40, 20), (20, 40)}


def test_an_unexpected_error_is_a_bad_picture(monkeypatch):
    def fail(*_):
        raise struct.error("unpack requires 4 bytes")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(BadPictureError, match="cannot be decoded: unpack requires 4 bytes") as caught:
        decode_picture(saved(halves(), "PNG"))
    assert not isinstance(caught.value, TransientPictureError)


def test_a_lack_of_memory_is_a_transient_error(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(TransientPictureError, match="memory"):
        decode_picture(saved(halves(), "PNG"))


def test_an_animation_is_its_first_frame():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    image = decode_picture(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert image.getpixel((4, 4)) == (255, 0, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_becomes_white(mode):
    image = Image.new(mode, (4, 4), (0, 0, 0, 0) if mode == "RGBA" else (0, 0))
    assert decode_picture(saved(image, "PNG")).getpixel((1, 1)) == (255, 255, 255)


def test_sixteen_bit_grey_is_scaled_not_clipped():
    image = Image.fromarray(np.array([[0, 32_768, 65_535]], np.uint16))
    actual = [decode_picture(saved(image, "PNG")).getpixel((x, 0))[0] for x in range(3)]
    assert actual == [0, 128, 255]


def test_one_pixel_is_a_picture():
    assert decode_picture(saved(Image.new("RGB", (1, 1), "red"), "PNG")).size == (1, 1)


def test_the_grey_picture_is_grey():
    image = decode_picture(blank_picture())
    assert image.size == (224, 224)
    assert image.getcolors() == [(224 * 224, (128, 128, 128))]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<html>not here</html>", "not a picture"),
        (saved(halves(), "TIFF"), "not a picture"),
        (saved(halves(size=(400, 400)), "JPEG")[:800], "cannot be decoded"),
        (saved(halves(size=(400, 400)), "PNG")[:60], "cannot be decoded"),
        (bomb(9_000, 9_000), "9000 x 9000 pixels, over the limit"),
        (bomb(), "over the limit"),
        (bomb(100_000, 100_000), "over the limit"),
    ],
)
def test_unusable_files_are_rejected_with_the_reason(data, reason):
    with pytest.raises(BadPictureError, match=reason):
        decode_picture(data)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "BMP"]))
def test_a_damaged_file_is_decoded_or_rejected(data, form):
    content = bytearray(saved(halves(), form))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    with suppress(BadPictureError):
        assert decode_picture(bytes(content)).mode == "RGB"
