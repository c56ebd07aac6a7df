"""Faster and Mask R-CNN: torchvision's detections, and vectors of exactly these boxes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image
from switches import seen_inside
from torchvision.models import get_model, get_model_weights
from torchvision.ops import MultiScaleRoIAlign
from torchvision.transforms.functional import to_tensor

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extractors import detector, torchvision_weights
from mnerbench.datasets.visual.extractors.coco import COCO
from mnerbench.datasets.visual.extractors.detector_card import DETECTORS, DetectorCard

pytestmark = pytest.mark.slow

SMALL = "fasterrcnn_mobilenet_v3_large_320_fpn"


def picture(width, height, seed=0):
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height))


def load(model=SMALL, spread=40, **settings):
    """A random detector whose scores differ."""
    card = DetectorCard(model=model, weights="random", **{"dtype": "float32", **settings})
    loaded = card.load(None, "cpu")
    with torch.no_grad():
        loaded.network.roi_heads.box_predictor.cls_score.weight *= spread
    return loaded


def extract(loaded, *pictures):
    return loaded.extract([loaded.prepare(image) for image in pictures])


@pytest.fixture(scope="module")
def loaded():
    return load()


def assert_as_torchvision(loaded, image):
    """Compare with torchvision's forward pass on the same picture and weights; return the row."""
    row = extract(loaded, image)[0]
    with torch.inference_mode():
        expected = loaded.network([to_tensor(image)])[0]
    assert len(row.arrays["boxes"]) == len(expected["boxes"]) > 0
    assert np.array_equal(row.arrays["labels"], expected["labels"])
    assert np.allclose(row.arrays["scores"], expected["scores"], atol=1e-6)
    assert np.allclose(row.arrays["boxes"], expected["boxes"], atol=1e-3)
    return row


def test_boxes_equal_torchvisions(loaded):
    row = assert_as_torchvision(loaded, picture(150, 90))
    boxes, scores = row.arrays["boxes"], row.arrays["scores"]
    assert (boxes >= 0).all()
    assert (boxes <= [150, 90, 150, 90]).all()
    assert (np.diff(scores) <= 0).all()
    assert scores[-1] > 0.05
    assert len(scores) <= 36
    assert row.facts["size"] == [150, 90]
    assert [name for name, _ in row.facts["tags"]] == [COCO[label] for label in row.arrays["labels"]]
    assert np.allclose([score for _, score in row.facts["tags"]], scores)


def test_vectors_are_pooled_from_the_final_boxes(loaded):
    """Pooled again, box by box, from feature maps recorded by a hook."""
    image = picture(150, 90)
    outputs = {}
    hooks = [
        loaded.network.backbone.register_forward_hook(lambda *call: outputs.update(maps=call[2])),
        loaded.network.transform.register_forward_hook(lambda *call: outputs.update(images=call[2][0])),
    ]
    with torch.inference_mode():
        expected = loaded.network([to_tensor(image)])[0]
    for hook in hooks:
        hook.remove()
    height, width = outputs["images"].image_sizes[0]
    pool = MultiScaleRoIAlign(featmap_names=["0", "1", "2", "3"], output_size=7, sampling_ratio=2)
    row = extract(loaded, image)[0]
    assert row.arrays["features"].shape == (len(expected["boxes"]), 1024)
    head = loaded.network.roi_heads.box_head
    for vector, box in zip(row.arrays["features"], expected["boxes"], strict=True):
        scaled = box * torch.tensor([width / 150, height / 90] * 2)
        with torch.inference_mode():
            pooled = pool(outputs["maps"], [scaled[None]], outputs["images"].image_sizes).flatten(1)
            expected_vector = torch.relu(head.fc7(torch.relu(head.fc6(pooled))))
        assert np.allclose(vector, expected_vector[0], rtol=1e-3, atol=1e-3 * float(expected_vector.max()))
    assert not np.allclose(row.arrays["features"][0], row.arrays["features"][-1], rtol=0.01)


@pytest.mark.parametrize("model", ["maskrcnn_resnet50_fpn_v2"])
def test_the_second_version_with_masks(model, monkeypatch):
    monkeypatch.setattr(detector, "_NOISE_SIZE", 64)
    loaded = load(model, spread=5)
    loaded.network.transform.min_size, loaded.network.transform.max_size = (96,), 128
    assert assert_as_torchvision(loaded, picture(110, 100)).arrays["features"].shape[1] == 1024


def test_detections_do_not_depend_on_the_other_pictures(loaded):
    pictures = picture(150, 90), picture(60, 200, seed=1)
    together, alone = extract(loaded, *pictures), [extract(loaded, image)[0] for image in pictures]
    for batched, single in zip(together, alone, strict=True):
        assert batched.facts == single.facts
        assert all(np.array_equal(batched.arrays[name], single.arrays[name]) for name in batched.arrays)


def test_top_keeps_the_best_and_the_threshold_may_remove_all():
    loaded = load(top=3)
    best = extract(loaded, picture(150, 90))[0].arrays
    assert len(best["scores"]) == 3
    loaded.network.roi_heads.detections_per_img = 36
    more = extract(loaded, picture(150, 90))[0].arrays
    assert len(more["scores"]) > 3
    assert np.array_equal(more["scores"][:3], best["scores"])
    none = extract(load(spread=0), picture(150, 90))[0]
    assert none.facts == {"size": [150, 90], "tags": []}
    shapes = {field.name: none.arrays[field.name].shape for field in loaded.fields}
    assert shapes == {"boxes": (0, 4), "labels": (0,), "scores": (0,), "features": (0, 1024)}
    assert {name: str(array.dtype) for name, array in none.arrays.items()} == {
        "boxes": "float32",
        "labels": "int64",
        "scores": "float32",
        "features": "float32",
    }


def test_everything_is_computed_in_float32(loaded):
    assert seen_inside(loaded.network.backbone, lambda: extract(loaded, picture(150, 90))) == {(None, False, True)}


def test_a_strip_is_a_bad_picture(loaded):
    with pytest.raises(BadPictureError, match="5000 x 2 pixels, too narrow"):
        loaded.prepare(Image.new("RGB", (5000, 2)))
    assert extract(loaded, Image.new("RGB", (1000, 2)))[0].facts["size"] == [1000, 2]


def test_a_file_of_a_frozen_network_gives_the_same(loaded, tmp_path):
    """Published detectors lack the batch counters of batch normalisation."""
    state = {name: tensor for name, tensor in loaded.network.state_dict().items() if "num_batches_tracked" not in name}
    torch.save(state, tmp_path / "mine.pth")
    reloaded = DetectorCard(model=SMALL, weights="mine.pth", dtype="float16").load(tmp_path, "cpu")
    expected, actual = extract(loaded, picture(150, 90))[0].arrays, extract(reloaded, picture(150, 90))[0].arrays
    assert np.allclose(expected["boxes"], actual["boxes"], atol=1e-3)
    assert actual["features"].dtype == np.float16
    assert np.allclose(expected["features"], actual["features"], rtol=2e-3, atol=1e-2)
    five = get_model(SMALL, weights=None, weights_backbone=None, num_classes=5)
    torch.save(five.state_dict(), tmp_path / "mine.pth")
    with pytest.raises(DataError, match=r"cls_score.weight is \[5, 1024\].*\[91, 1024\]"):
        reloaded.card.load(tmp_path, "cpu")


def test_the_first_resnets_were_trained_without_epsilon(tmp_path, monkeypatch):
    """As in torchvision, also if the published file is given under another name."""
    network = get_model("fasterrcnn_resnet50_fpn", weights=None, weights_backbone=None)
    path = tmp_path / "mine.pth"
    torch.save(network.state_dict(), path)
    card = DetectorCard(model="fasterrcnn_resnet50_fpn", weights=str(path))

    def epsilons():
        modules = card.load(None, "cpu").network.modules()
        return {module.eps for module in modules if isinstance(module, torch.nn.BatchNorm2d)}

    assert epsilons() == {1e-5}

    class Entry:
        url = f"https://example.org/fasterrcnn-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}.pth"

    monkeypatch.setattr(torchvision_weights, "published_weights", lambda card: Entry)
    assert epsilons() == {0.0}


def test_seeds_determine_networks_and_leave_the_global_generator_unchanged(loaded):
    before = torch.get_rng_state()
    same, other = load(), load(seed=1)
    assert torch.equal(before, torch.get_rng_state())
    reference = extract(loaded, picture(150, 90))[0].arrays["features"]
    assert np.allclose(reference, extract(same, picture(150, 90))[0].arrays["features"], rtol=1e-3, atol=1e-3)
    different = extract(other, picture(150, 90))[0].arrays["features"]
    assert reference.shape != different.shape or not np.allclose(reference, different, rtol=0.1)


def test_classes_are_those_of_every_published_detector():
    for name in DETECTORS:
        published = DetectorCard(model=name).published
        assert tuple(entry.name for entry in get_model_weights(name)) == published == ("COCO_V1",)
        assert tuple(get_model_weights(name).COCO_V1.meta["categories"]) == COCO
    assert DetectorCard.labels == COCO
    assert DetectorCard.kinds == (InputKind.REGIONS, InputKind.TAGS)


def test_the_description_covers_every_setting():
    card = DetectorCard(model=SMALL, weights="random")
    keys = {card.model_copy(update=change).key(None) for change in ({}, {"seed": 1}, {"top": 5}, {"threshold": 0.2})}
    assert len(keys) == 4
