"""Boxes that do not fit their picture make it a bad picture, with the reason."""

import json

import numpy as np
import pytest
from PIL import Image

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.importers.boxes import read_boxes
from mnerbench.datasets.visual.sources.open import open_source

CROPS = "crops@model=resnet18,weights=random,size=64"


def write(setting, **rows):
    """Boxes of some pictures, by image id; the probe's pictures have 96 x 96 pixels."""
    lines = [json.dumps({"image_id": image.replace("_", "-"), **row}) for image, row in rows.items()]
    (setting.folder / "boxes.jsonl").write_text("".join(f"{line}\n" for line in lines))


def boxes(*corners, **more):
    return {"boxes": [{"name": "ball", "box": list(box)} for box in corners], **more}


def load(setting, name=CROPS):
    source = open_source(InputKind.REGIONS, name, setting)
    source.make("cpu", lambda _: None)
    return source.load()


def test_boxes_that_do_not_fit_their_picture_are_reported_and_do_not_affect_others(setting):
    good = (5, 5, 50, 96)
    write(
        setting,
        train_0=boxes(good, size=[96, 96]),
        train_1=boxes(good, (60, 9, 120, 50)),
        train_2=boxes(good, (-4, 10, 20, 50)),
        train_3=boxes((0.1, 0.1, 0.9, 0.9)),
        train_4=boxes(good, size=[640, 480]),
        train_5=boxes(),
        train_6=boxes((5, 5, 97, 97)),
    )
    regions = load(setting)
    assert set(regions.keys) == {"train-0", "train-5", "train-6"}
    assert regions.bad == {
        "train-1": "box [60.0, 9.0, 120.0, 50.0] ends outside the picture of 96 x 96 (are width and height swapped?)",
        "train-2": "box [-4.0, 10.0, 20.0, 50.0] is not x1 y1 x2 y2 with 0 <= x1 < x2, 0 <= y1 < y2",
        "train-3": "no coordinate exceeds 1: boxes relative to the picture's size, but pixels are required",
        "train-4": "its boxes are of a picture of 640 x 480 pixels, the picture has 96 x 96",
    }
    np.testing.assert_array_equal(regions.array("train-0", "boxes"), [good])
    assert regions.vectors("train-5").shape == (0, 512)


def test_a_picture_is_processed_again_after_its_size_is_corrected(setting):
    write(setting, train_0=boxes((5, 5, 50, 50), size=[95, 96]), train_1=boxes((1, 1, 9, 9)))
    assert set(load(setting).bad) == {"train-0"}
    write(setting, train_0=boxes((5, 5, 50, 50), size=[96, 96]), train_1=boxes((1, 1, 9, 9)))
    reopened = open_source(InputKind.REGIONS, CROPS, setting)
    assert reopened.missing == 1
    assert load(setting).bad == {}


def test_the_size_is_that_of_the_upright_picture(setting):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = setting.folder / "images" / "train-0.png"
    Image.new("RGB", (96, 40)).save(path, exif=exif)
    write(setting, train_0=boxes((5, 50, 35, 90), size=[40, 96]))
    assert load(setting).facts("train-0")["size"] == [40, 96]


@pytest.mark.parametrize("size", [[96], [96, 0], [96.0, 96], [True, 96], "96x96", {"width": 96}])
def test_an_invalid_size_is_rejected_with_its_line(tmp_path, size):
    path = tmp_path / "boxes.jsonl"
    path.write_text(json.dumps({"image_id": "1", "size": size, "boxes": []}) + "\n")
    with pytest.raises(DataError, match=r"boxes.jsonl:1: size is .*not two whole numbers above 0\n  -> write"):
        read_boxes(path)


def test_vectors_of_names_do_not_depend_on_the_picture(setting):
    rows = [{"name": name, "box": [5, 5, 50, 50]} for name in ("frame", "ball", "frame")]
    write(setting, train_0={"boxes": rows}, train_1={"boxes": rows[1:]}, train_2=boxes((5, 5, 97, 97)), train_3=boxes())
    regions = load(setting, "names")
    assert regions.shape.labels == ("ball", "frame")
    np.testing.assert_array_equal(regions.vectors("train-0"), [[0, 1], [1, 0], [0, 1]])
    np.testing.assert_array_equal(regions.vectors("train-1"), [[1, 0], [0, 1]])
    assert regions.vectors("train-3").shape == (0, 2)
    np.testing.assert_array_equal(regions.array("train-0", "labels"), [1, 0, 1])
    by_name, by_crop = (open_source(InputKind.REGIONS, name, setting) for name in ("names", CROPS))
    assert by_name.evidence_kinds == {InputKind.REGIONS}
    assert by_crop.evidence_kinds == {InputKind.REGIONS, InputKind.GRID}
    assert by_name.fingerprint != by_crop.fingerprint
