"""Boxes of a file are of the pictures that are there, or their pictures are bad ones with the reason."""

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
    return {"boxes": [{"name": "ball", "box": list(own)} for own in corners], **more}


def look(setting, name=CROPS):
    source = open_source(InputKind.REGIONS, name, setting)
    source.make("cpu", lambda _: None)
    return source.load()


def test_boxes_that_are_not_of_their_picture_are_named_and_harm_no_other(setting):
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
    found = look(setting)
    assert set(found.keys) == {"train-0", "train-5", "train-6"}
    assert found.bad == {
        "train-1": "box [60.0, 9.0, 120.0, 50.0] ends outside the picture of 96 x 96 (are width and height exchanged?)",
        "train-2": "box [-4.0, 10.0, 20.0, 50.0] is not x1 y1 x2 y2 with 0 <= x1 < x2, 0 <= y1 < y2",
        "train-3": "no box reaches beyond 1: these are fractions of the picture, pixels are needed",
        "train-4": "its boxes are of a picture of 640 x 480 pixels, the picture has 96 x 96",
    }
    np.testing.assert_array_equal(found.array("train-0", "boxes"), [good])
    assert found.vectors("train-5").shape == (0, 512)


def test_a_size_that_was_mended_is_looked_at_again(setting):
    write(setting, train_0=boxes((5, 5, 50, 50), size=[95, 96]), train_1=boxes((1, 1, 9, 9)))
    assert set(look(setting).bad) == {"train-0"}
    write(setting, train_0=boxes((5, 5, 50, 50), size=[96, 96]), train_1=boxes((1, 1, 9, 9)))
    again = open_source(InputKind.REGIONS, CROPS, setting)
    assert again.missing == 1
    assert look(setting).bad == {}


def test_the_size_is_that_of_the_upright_picture(setting):
    turned = Image.Exif()
    turned[0x0112] = 6
    path = setting.folder / "images" / "train-0.png"
    Image.new("RGB", (96, 40)).save(path, exif=turned)
    write(setting, train_0=boxes((5, 50, 35, 90), size=[40, 96]))
    assert look(setting).facts("train-0")["size"] == [40, 96]


@pytest.mark.parametrize("size", [[96], [96, 0], [96.0, 96], [True, 96], "96x96", {"width": 96}])
def test_a_size_that_is_none_is_refused_with_its_line(tmp_path, size):
    path = tmp_path / "boxes.jsonl"
    path.write_text(json.dumps({"image_id": "1", "size": size, "boxes": []}) + "\n")
    with pytest.raises(DataError, match=r"boxes.jsonl:1: size is .*not two whole numbers above 0\n  -> write"):
        read_boxes(path)


def test_vectors_of_names_say_nothing_of_the_picture(setting):
    rows = [{"name": name, "box": [5, 5, 50, 50]} for name in ("frame", "ball", "frame")]
    write(setting, train_0={"boxes": rows}, train_1={"boxes": rows[1:]}, train_2=boxes((5, 5, 97, 97)), train_3=boxes())
    found = look(setting, "names")
    assert found.shape.labels == ("ball", "frame")
    np.testing.assert_array_equal(found.vectors("train-0"), [[0, 1], [1, 0], [0, 1]])
    np.testing.assert_array_equal(found.vectors("train-1"), [[1, 0], [0, 1]])
    assert found.vectors("train-3").shape == (0, 2)
    np.testing.assert_array_equal(found.array("train-0", "labels"), [1, 0, 1])
    named, shown = (open_source(InputKind.REGIONS, name, setting) for name in ("names", CROPS))
    assert (named.carries, shown.carries) == ({InputKind.REGIONS}, {InputKind.REGIONS, InputKind.GRID})
    assert named.fingerprint != shown.fingerprint
