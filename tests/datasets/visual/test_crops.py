"""Vectors of boxes: the backbone applied to exactly the crop."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
from mnerbench.datasets.visual.extractors.crops_card import CropCard, row_key

CARD = CropCard(backbone=BackboneCard(model="resnet18", weights="random", size=64, dtype="float32"))


def picture(width=90, height=60, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def crops():
    return CARD.load(None, "cpu")


def expected_vector(crops, cut):
    """The backbone's vector of a crop resized to its input size, bypassing its preprocessing."""
    import torch

    pixels = torch.from_numpy(np.array(cut.resize((64, 64), Image.Resampling.BILINEAR))).permute(2, 0, 1)
    return crops.backbone.vectors(pixels[None])[0][0]


@pytest.mark.parametrize(
    ("box", "cut"),
    [
        ((10, 5, 50, 45), (10, 5, 50, 45)),
        ((10.7, 5.2, 49.1, 44.9), (10, 5, 50, 45)),
        ((0, 0, 90, 60), (0, 0, 90, 60)),
        ((-20, -5, 30, 700), (0, 0, 30, 60)),
        ((40, 20, 40, 20), (40, 20, 41, 21)),
        ((200, 300, 210, 310), (89, 59, 90, 60)),
        ((-9, -9, -3, -3), (0, 0, 1, 1)),
    ],
)
def test_a_box_is_encoded_from_its_crop(crops, box, cut):
    assert np.allclose(crops(picture(), [box])[0], expected_vector(crops, picture().crop(cut)), rtol=1e-4, atol=1e-4)


def test_boxes_keep_their_order_across_pictures_and_batches(crops):
    random = np.random.default_rng(1)
    corners = random.uniform(0, 40, (11, 2))
    many = np.hstack([corners, corners + random.uniform(1, 20, (11, 2))])
    assert len(many) > crops.backbone.batch_size
    rows = crops.rows([(picture(), many[:9]), (picture(seed=1), []), (picture(seed=2), many[9:])])
    assert [row.arrays["features"].shape for row in rows] == [(9, 512), (0, 512), (2, 512)]
    for row, seed, boxes in ((rows[0], 0, many[:9]), (rows[2], 2, many[9:])):
        single = np.concatenate([crops(picture(seed=seed), box[None]) for box in boxes])
        assert np.allclose(row.arrays["features"], single, rtol=1e-3, atol=1e-3)
    assert not np.allclose(rows[0].arrays["features"][0], rows[0].arrays["features"][1], rtol=0.01)
    assert crops.fields[0].shape == (-1, 512)


def test_the_key_of_a_row_covers_picture_and_boxes():
    boxes = [[1, 2, 3, 4], [5, 6, 7, 8.5]]
    assert row_key("a", boxes) == row_key("a", np.array(boxes, np.float64))
    others = [
        row_key("b", boxes),
        row_key("a", boxes[::-1]),
        row_key("a", boxes[:1]),
        row_key("a", []),
        row_key("a", [[1, 2, 3, 4], [5, 6, 7, 8.25]]),
    ]
    assert len({row_key("a", boxes), *others}) == 6


def test_the_key_of_the_store_covers_the_backbone():
    other = CropCard(backbone=CARD.backbone.model_copy(update={"seed": 1}))
    assert CARD.key(None) != other.key(None)
    assert CARD.key(None) != CARD.backbone.key(None)


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[1, 2, 3]], r"shape \[1, 3\] instead of \[boxes, 4\]"),
        ([[0, 0, 1, 1], [5, 1, 4, 2]], r"box 1 is \[5.0, 1.0, 4.0, 2.0\]\n  -> .*x1 <= x2"),
        ([[0, 0, float("nan"), 1]], "box 0 is .*nan"),
    ],
)
def test_invalid_boxes_are_rejected(crops, boxes, message):
    with pytest.raises(DataError, match=message):
        crops(picture(), boxes)
    with pytest.raises(DataError, match=message):
        row_key("a", boxes)
