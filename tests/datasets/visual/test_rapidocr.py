"""OCR with RapidOCR, and the message without the package."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extractors import packages, rapidocr_card
from mnerbench.datasets.visual.extractors.catalog import parse_extractor
from mnerbench.datasets.visual.extractors.rapidocr_card import RapidOcrCard

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader():
    return parse_extractor("rapidocr").load(None, "cpu")


def sign(text, at=(60, 150), size=(640, 400)):
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).text(at, text, fill="red", font=ImageFont.load_default(48))
    return picture


def read(reader, *pictures):
    rows = reader.extract([reader.prepare(picture) for picture in pictures])
    assert all(not row.arrays for row in rows)
    return [row.facts for row in rows]


def test_lines_are_read_in_order_of_the_pictures(reader):
    first, second, empty = read(reader, sign("Welcome to London"), sign("Lakers win"), sign(""))
    assert (first["text"].split(), second["text"].split()) == (["Welcome", "to", "London"], ["Lakers", "win"])
    assert (empty["text"], empty["words"]) == ("", [])


def test_boxes_are_in_pixels_of_the_picture(reader):
    picture = sign("London")
    left, top, right, lower = ImageDraw.Draw(picture).textbbox((60, 150), "London", font=ImageFont.load_default(48))
    ((line, confidence, x, y, width, height),) = read(reader, picture)[0]["words"]
    assert line == "London"
    assert 50 <= confidence <= 100
    for actual, drawn in ((x, left), (y, top), (x + width, right), (y + height, lower)):
        assert abs(actual - drawn) <= 15


def test_the_same_picture_gives_the_same_text(reader):
    first, second = (read(reader, sign("Velt Arena"))[0] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
def test_odd_pictures_are_read_or_named(reader, size):
    (row,) = reader.extract([reader.prepare(Image.new("RGB", size))])
    assert isinstance(row, BadPictureError) or row.facts["words"] == []


def test_a_failure_is_that_of_its_picture(reader, monkeypatch):
    monkeypatch.setattr(reader, "_engine", lambda pixels: 1 / 0)
    (row,) = reader.extract([np.zeros((4, 6, 3), np.uint8)])
    assert str(row) == "RapidOCR failed on 6 x 4 pixels: ZeroDivisionError: division by zero"


def test_the_description_covers_settings_and_networks():
    plain, other = (RapidOcrCard(confidence=value).describe(None) for value in (50, 60))
    assert plain != other
    assert len(plain["networks"]) == 64
    assert plain["program"]


def test_without_the_package_the_message_names_it(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    for use in (lambda card: card.describe(None), lambda card: card.load(None, "cpu")):
        with pytest.raises(MissingInputError, match=r"rapidocr-onnxruntime is not installed\n  -> pip install 'mner"):
            use(RapidOcrCard())


def test_a_missing_library_of_the_system_is_named(monkeypatch):
    # What `import cv2` raises on a server without libGL; None in sys.modules raises an ImportError, too.
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    monkeypatch.setattr(rapidocr_card, "_networks", list)
    with pytest.raises(MissingInputError, match=r"RapidOCR cannot be loaded: .*\n  -> apt-get install libgl1"):
        RapidOcrCard().load(None, "cpu")
