"""From the name of a source to an input: files, extractors, fallbacks, and what is said when there is none."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import BLANK, InputKind
from mnerbench.datasets.probes.drawing import FRAME
from mnerbench.datasets.visual.decoding import decode_picture
from mnerbench.datasets.visual.extractors.backbone import Backbone
from mnerbench.datasets.visual.pictures import UMT_REPLACEMENT, LostPictures
from mnerbench.datasets.visual.sources.base import gather_inputs
from mnerbench.datasets.visual.sources.open import open_source

BACKBONE = "resnet18@weights=random,size=64"


def made(source):
    told = []
    source.make("cpu", told.append)
    assert sum(told) == 0 or source.missing == 0
    return source


def test_files_are_read_by_their_names(setting):
    captions = open_source(InputKind.CAPTIONS, "drawn", setting)
    assert (captions.name, captions.missing, dict(captions.bad)) == ("drawn", 0, {})
    assert all(len(texts) == 2 for texts in captions.load().items.values())
    tags = open_source(InputKind.TAGS, "file", setting).load()
    assert {tag.name for found in tags.items.values() for tag in found} >= {"ball", "frame"}
    assert "22 pictures" in captions.summary


def test_an_extractor_is_identified_before_it_works_and_loads_after(setting):
    source = open_source(InputKind.GRID, BACKBONE, setting)
    assert source.missing == 23  # and the grey one
    with pytest.raises(MissingInputError, match="data prepare small --input grid=resnet18@weights=random,size=64"):
        source.load()
    before = source.fingerprint
    grid = made(source).load()
    again = open_source(InputKind.GRID, BACKBONE, setting)
    assert (again.fingerprint, again.missing) == (before, 0)
    assert (grid.shape.width, grid.shape.cells) == (512, 4)
    image = "train-0"
    whole = made(open_source(InputKind.GLOBAL, BACKBONE, setting)).load()
    assert whole.store.folder == grid.store.folder
    np.testing.assert_allclose(grid.vectors(image).mean(0), whole.vectors(image)[0], rtol=2e-3, atol=2e-3)
    assert grid.has(BLANK)
    assert not grid.has("nobody")
    other = open_source(InputKind.GRID, f"{BACKBONE},seed=1", setting)
    assert other.fingerprint != before
    assert other.missing == 23


def test_boxes_of_a_file_get_vectors_of_what_they_show(setting):
    source = made(open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting))
    regions = source.load()
    boxes = {row["image_id"]: row["boxes"] for row in map(json.loads, (setting.folder / "boxes.jsonl").open())}
    image = next(image for image, found in boxes.items() if any(box["name"] == FRAME for box in found))
    np.testing.assert_array_equal(regions.array(image, "boxes"), [box["box"] for box in boxes[image]])
    names = [regions.shape.labels[number] for number in regions.array(image, "labels")]
    assert names == [box["name"] for box in boxes[image]]
    assert regions.facts(image)["size"] == [96, 96]
    assert regions.vectors(image).shape == (len(names), 512)
    assert not regions.has(BLANK)
    changed = [json.loads(line) for line in (setting.folder / "boxes.jsonl").open()]
    changed[0]["boxes"][0]["box"] = [1, 1, 9, 9]
    (setting.folder / "boxes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in changed))
    again = open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting)
    assert again.fingerprint != source.fingerprint
    assert again.missing == 1


def test_the_first_of_several_sources_that_can_be_had_is_taken(setting):
    assert open_source(InputKind.CAPTIONS, "blip2|drawn", setting).name == "drawn"
    assert open_source(InputKind.TAGS, "file|fasterrcnn_resnet50_fpn", setting).name == "file"


def test_when_there_is_none_every_reason_and_way_is_said(setting):
    with pytest.raises(MissingInputError) as caught:
        open_source(InputKind.CAPTIONS, "blip2|captioner@model=nobody/nothing", setting)
    for part in ("captions.blip2.txt", "nobody/nothing", "--models"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name", "says"),
    [
        (InputKind.GRID, "resnet125", "did you mean.*resnet152"),
        (InputKind.GRID, "resnet18@wieghts=random", "did you mean 'weights'"),
        (InputKind.GRID, "resnet18@weights=IMAGENET1K_V9", "publishes no weights 'IMAGENET1K_V9'"),
        (InputKind.TAGS, "fasterrcnn_resnet50_fpn@weights=COCO", "publishes no weights 'COCO'; did you mean 'COCO_V1'"),
        (InputKind.GRID, "tesseract", "gives ocr, not grid"),
        (InputKind.REGIONS, "resnet18", "gives global, grid, not regions"),
        (InputKind.REGIONS, "crops@model=resnet1", "no backbone 'resnet1'"),
        (InputKind.OCR, "blip2", "not 'file' and no extractor"),
        (InputKind.CAPTIONS, "../blip2", "not the name of a source"),
        (InputKind.TEXT, "", "no source for text"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(setting, kind, name, says):
    with pytest.raises(ConfigError, match=says):
        open_source(kind, name, setting)


def test_a_broken_picture_is_masked_named_and_counted(setting):
    (setting.folder / "images" / "train-3.png").write_bytes(b"broken")
    grid = made(open_source(InputKind.GRID, BACKBONE, setting)).load()
    assert set(grid.bad) == {"train-3"}
    assert not grid.has("train-3")
    inputs = gather_inputs({InputKind.GRID: open_source(InputKind.GRID, BACKBONE, setting)})
    assert inputs.counts == {"tweets_without_grid": 0, "pictures_unusable_for_grid": 1}


def test_pictures_that_fail_this_time_are_named_after_all_others_are_made(setting):
    source = open_source(InputKind.GRID, BACKBONE, setting)
    assert source.missing == 23
    shutil.copy(setting.folder / "images" / "test-1.png", setting.folder / "images" / "train-3.png")
    (setting.folder / "images" / "train-5.png").unlink()
    with pytest.raises(MissingInputError) as caught:
        source.make("cpu", lambda _: None)
    assert str(caught.value) == (
        "grid of 'small': 2 pictures could not be looked at by resnet18@weights=random,size=64 this time\n"
        "  train-3: was changed after its content was identified\n"
        "  train-5: cannot be read: No such file or directory\n"
        "  -> benchmark data prepare small --input grid=resnet18@weights=random,size=64 (looks at no others again)\n"
        "  -> or take the files away; their tweets then have no picture"
    )
    assert (source.missing, source.bad) == (2, {})
    with pytest.raises(MissingInputError, match="2 pictures not looked at"):
        source.load()
    again = open_source(InputKind.GRID, BACKBONE, replace(setting))
    assert again.missing == 0
    assert again.load().missing == 1


def test_of_many_pictures_that_fail_ten_are_named(setting, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(Backbone, "prepare", fail)
    with pytest.raises(MissingInputError, match=r"(?s)23 pictures could.*\n  and 13 more\n  ->") as caught:
        open_source(InputKind.GRID, BACKBONE, setting).make("cpu", lambda _: None)
    assert "the grey picture: not enough memory to prepare it" in str(caught.value)
    assert str(caught.value).count("not enough memory") == 10


@pytest.mark.parametrize(("every", "bad"), [(2, 11), (1, 22)])
def test_pictures_whose_numbers_cannot_be_stored_are_masked_the_grey_one_too(setting, monkeypatch, every, bad):
    extract = Backbone.extract

    def overflowing(extractor, prepared):
        rows = extract(extractor, prepared)
        for row in rows[every - 1 :: every]:
            row.arrays["grid"][0, 0] = np.inf
        return rows

    monkeypatch.setattr(Backbone, "extract", overflowing)
    grid = made(open_source(InputKind.GRID, BACKBONE, setting)).load()
    assert len(grid.bad) == bad
    assert set(grid.bad.values()) == {"grid hold numbers that are not finite in float16; dtype=float32 can hold more"}
    assert grid.has(BLANK) == (every == 2)


def test_pictures_that_stand_for_lost_ones_are_counted_and_said(setting):
    (setting.folder / "images" / "train-3.png").write_bytes(b"broken")
    shutil.copy(setting.folder / "images" / "train-1.png", setting.folder / "images" / f"{UMT_REPLACEMENT}.png")
    grid = made(open_source(InputKind.GRID, BACKBONE, replace(setting, lost=LostPictures.UMT)))
    shown = len(setting.pictures.files)  # the probe's pictures are all smaller than what UMT's code can crop
    assert (
        grid.summary == f"{shown} pictures, 0 unusable, 0 tweets without a picture, {shown} tweets with the replacement"
    )
    counts = gather_inputs({InputKind.GRID: grid}).counts
    assert counts["tweets_with_replacement_for_grid"] == shown


def test_a_file_that_breaks_its_format_stops_with_its_line(setting):
    with (setting.folder / "boxes.jsonl").open("a") as stream:
        stream.write('{"image_id": "x", "boxes": [{"name": "ball", "box": [5, 5, 1, 9]}]}\n')
    with pytest.raises(DataError, match=r"boxes.jsonl:23: .*which is empty"):
        open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting)


def test_the_grey_picture_is_that_of_the_extractor(setting):
    from mnerbench.datasets.visual.extractors.catalog import parse_extractor
    from mnerbench.datasets.visual.pictures import blank_picture

    grid = made(open_source(InputKind.GRID, BACKBONE, setting)).load()
    extractor = parse_extractor(BACKBONE).load(None, "cpu")
    expected = extractor.extract([extractor.prepare(decode_picture(blank_picture()))])[0].arrays["grid"]
    np.testing.assert_allclose(grid.vectors(BLANK), np.asarray(expected, np.float32), rtol=2e-3, atol=2e-3)
