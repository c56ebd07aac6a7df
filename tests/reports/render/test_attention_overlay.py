"""Attention drawn on pictures: cells, positions and opacity."""

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.tagging import Span
from mnerbench.datasets.visual.pictures import find_pictures
from mnerbench.reports.render.attention_overlay import attention_picture, cell_weights
from mnerbench.reports.render.thumbnails import thumbnails

RUN = "0123456789abcdef"
WEIGHTS = np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [0.5, 0.3, 0.1, 0.1]], np.float16)


@pytest.fixture
def grey(tmp_path):
    path = tmp_path / "images" / "p1.png"
    path.parent.mkdir()
    Image.new("RGB", (320, 256), (128, 128, 128)).save(path)
    return path


def store_attention(tmp_path, **tensors):
    """A results folder with the attention of tweet 7."""
    folder = tmp_path / "runs" / RUN / "attention"
    folder.mkdir(parents=True)
    save_file({f"7 {name}": tensor for name, tensor in tensors.items()}, folder / "test.it.safetensors")
    return RunStore(tmp_path / "runs")


def pixels(address):
    kind, _, data = address.partition(",")
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(data)))).astype(int)


def test_the_words_of_entities_look():
    assert cell_weights(WEIGHTS, [Span(1, 3, "PER")]) == pytest.approx([0.6, 0.2, 0.1, 0.1], abs=1e-3)
    assert cell_weights(WEIGHTS, []) == pytest.approx(WEIGHTS.astype(float).mean(0), abs=1e-3)


def test_a_raster_lies_over_the_centre_that_was_seen(tmp_path, grey):
    drawn = pixels(attention_picture(store_attention(tmp_path, weights=WEIGHTS), RUN, "7", [Span(1, 2, "PER")], grey))
    assert drawn.shape[:2] == (256, 320)
    # The centre square has 224 pixels: from 48 to 272 across, from 16 to 240 down, two cells each way.
    strongest, weak, outside = drawn[60, 100], drawn[200, 220], drawn[60, 20]
    assert abs(outside - 128).max() < 12
    assert strongest[0] - strongest[2] > 150
    assert 5 < weak[0] - weak[2] < 60


def test_regions_are_boxes_in_the_pixels_the_detector_saw(tmp_path, grey):
    boxes = np.array([[0, 0, 80, 64], [80, 64, 160, 128]], np.float32)
    weights = np.array([[0.0, 1.0]], np.float16)
    store = store_attention(tmp_path, weights=weights, boxes=boxes, size=np.array([160, 128], np.float32))
    drawn = pixels(attention_picture(store, RUN, "7", [], grey))
    assert drawn[129, 240][0] - drawn[129, 240][2] > 100  # upper edge of the second box, twice as large here
    assert abs(drawn[190, 240] - 128).max() < 12  # inside of it
    assert abs(drawn[1, 80] - 128).max() < 12  # the first has no weight


def test_what_cannot_be_drawn_is_left_out(tmp_path, grey):
    store = store_attention(tmp_path, weights=np.zeros((2, 4), np.float16))
    assert attention_picture(store, RUN, "7", [], grey) is None
    assert attention_picture(store, RUN, "8", [], grey) is None
    assert attention_picture(store, RUN[::-1], "7", [], grey) is None
    grey.write_bytes(b"no picture")
    assert attention_picture(store_attention(tmp_path / "more", weights=WEIGHTS), RUN, "7", [], grey) is None


def test_thumbnails_are_small_and_a_broken_picture_is_left_out(tmp_path, grey):
    (tmp_path / "images" / "p2.jpg").write_bytes(b"no picture")
    pictures = thumbnails(find_pictures(tmp_path / "images", ["p1", "p2", "p3"]))
    assert set(pictures) == {"p1"}
    assert pixels(pictures["p1"]).shape == (128, 160, 3)
