"""Sources by name: files, extractors, fallbacks, and errors if none is available."""

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
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.pictures import UMT_REPLACEMENT
from mnerbench.datasets.visual.sources.base import gather_inputs
from mnerbench.datasets.visual.sources.open import open_source

BACKBONE = "resnet18@weights=random,size=64"


def complete(source):
    steps = []
    source.make("cpu", steps.append)
    assert sum(steps) == 0 or source.missing == 0
    return source


def test_files_are_read_by_their_names(setting):
    captions = open_source(InputKind.CAPTIONS, "drawn", setting)
    assert (captions.name, captions.missing, dict(captions.bad)) == ("drawn", 0, {})
    assert all(len(texts) == 2 for texts in captions.load().items.values())
    tags = open_source(InputKind.TAGS, "file", setting).load()
    assert {tag.name for picture_tags in tags.items.values() for tag in picture_tags} >= {"ball", "frame"}
    assert "22 pictures" in captions.summary


def test_an_extractor_is_identified_before_extraction_and_loaded_after(setting):
    source = open_source(InputKind.GRID, BACKBONE, setting)
    assert source.missing == 23  # including the blank one
    with pytest.raises(MissingInputError, match="data prepare small --input grid=resnet18@weights=random,size=64"):
        source.load()
    before = source.fingerprint
    grid = complete(source).load()
    reopened = open_source(InputKind.GRID, BACKBONE, setting)
    assert (reopened.fingerprint, reopened.missing) == (before, 0)
    assert (grid.shape.width, grid.shape.cells) == (512, 4)
    image = "train-0"
    whole = complete(open_source(InputKind.GLOBAL, BACKBONE, setting)).load()
    assert whole.store.folder == grid.store.folder
    np.testing.assert_allclose(grid.vectors(image).mean(0), whole.vectors(image)[0], rtol=2e-3, atol=2e-3)
    assert grid.has(BLANK)
    assert not grid.has("nobody")
    other = open_source(InputKind.GRID, f"{BACKBONE},seed=1", setting)
    assert other.fingerprint != before
    assert other.missing == 23


def test_each_picture_of_a_tweet_is_processed_once_and_stored_under_its_own_id(setting):
    single = complete(open_source(InputKind.GRID, BACKBONE, setting)).load()
    first, second, *rest = setting.corpus["train"]
    both = first.image_id, second.image_id
    train = (replace(first, image_id=both), replace(second, image_id=both[::-1]), replace(rest[0], image_id=None))
    corpus = replace(setting.corpus, splits={**setting.corpus.splits, "train": (*train, *rest[1:])})
    source = open_source(InputKind.GRID, BACKBONE, replace(setting, corpus=corpus))
    assert (source.missing, source.load().missing) == (0, 1)
    grid = source.load()
    for image in both:
        np.testing.assert_array_equal(grid.vectors(image), single.vectors(image))
    mean = np.mean([single.vectors(image).astype(np.float64) for image in both], axis=0)
    np.testing.assert_allclose(grid.vectors(both), mean, rtol=1e-3, atol=1e-4)
    captions = open_source(InputKind.CAPTIONS, "drawn", replace(setting, corpus=corpus)).load()
    assert captions.of(both) == captions.of(both[0]) + captions.of(both[1])


def test_boxes_of_a_file_get_vectors_of_their_crops(setting):
    source = complete(open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting))
    regions = source.load()
    boxes = {row["image_id"]: row["boxes"] for row in map(json.loads, (setting.folder / "boxes.jsonl").open())}
    image = next(image for image, rows in boxes.items() if any(box["name"] == FRAME for box in rows))
    np.testing.assert_array_equal(regions.array(image, "boxes"), [box["box"] for box in boxes[image]])
    names = [regions.shape.labels[number] for number in regions.array(image, "labels")]
    assert names == [box["name"] for box in boxes[image]]
    assert regions.facts(image)["size"] == [96, 96]
    assert regions.vectors(image).shape == (len(names), 512)
    assert not regions.has(BLANK)
    changed = [json.loads(line) for line in (setting.folder / "boxes.jsonl").open()]
    changed[0]["boxes"][0]["box"] = [1, 1, 9, 9]
    (setting.folder / "boxes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in changed))
    reopened = open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting)
    assert reopened.fingerprint != source.fingerprint
    assert reopened.missing == 1


def test_the_first_available_source_is_used(setting):
    assert open_source(InputKind.CAPTIONS, "blip2|drawn", setting).name == "drawn"
    assert open_source(InputKind.TAGS, "file|fasterrcnn_resnet50_fpn", setting).name == "file"


def test_if_no_source_is_available_every_alternative_is_listed(setting):
    with pytest.raises(MissingInputError) as caught:
        open_source(InputKind.CAPTIONS, "blip2|captioner@model=nobody/nothing", setting)
    for part in ("captions.blip2.txt", "nobody/nothing", "--models"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (InputKind.GRID, "resnet125", "did you mean.*resnet152"),
        (InputKind.GRID, "resnet18@wieghts=random", "did you mean 'weights'"),
        (InputKind.GRID, "resnet18@weights=IMAGENET1K_V9", "publishes no weights 'IMAGENET1K_V9'"),
        (InputKind.TAGS, "fasterrcnn_resnet50_fpn@weights=COCO", "publishes no weights 'COCO'; did you mean 'COCO_V1'"),
        (InputKind.GRID, "tesseract", "gives ocr, not grid"),
        (InputKind.REGIONS, "resnet18", "gives global, grid, not regions"),
        (InputKind.REGIONS, "crops@model=resnet1", "no backbone 'resnet1'"),
        (InputKind.OCR, "blip2", "neither 'file' nor an extractor"),
        (InputKind.CAPTIONS, "../blip2", "not the name of a source"),
        (InputKind.TEXT, "", "no source for text"),
    ],
)
def test_an_invalid_source_is_rejected(setting, kind, name, message):
    with pytest.raises(ConfigError, match=message):
        open_source(kind, name, setting)


def test_a_broken_picture_is_masked_reported_and_counted(setting):
    (setting.folder / "images" / "train-3.png").write_bytes(b"broken")
    grid = complete(open_source(InputKind.GRID, BACKBONE, setting)).load()
    assert set(grid.bad) == {"train-3"}
    assert not grid.has("train-3")
    inputs = gather_inputs({InputKind.GRID: open_source(InputKind.GRID, BACKBONE, setting)})
    assert inputs.counts == {"tweets_without_grid": 0, "pictures_unusable_for_grid": 1}


def test_transient_failures_are_reported_after_all_others_are_stored(setting):
    source = open_source(InputKind.GRID, BACKBONE, setting)
    assert source.missing == 23
    shutil.copy(setting.folder / "images" / "test-1.png", setting.folder / "images" / "train-3.png")
    (setting.folder / "images" / "train-5.png").unlink()
    with pytest.raises(MissingInputError) as caught:
        source.make("cpu", lambda _: None)
    assert str(caught.value) == (
        "grid of 'small': 2 pictures could not be processed by resnet18@weights=random,size=64\n"
        "  train-3: changed after its digest was computed\n"
        "  train-5: cannot be read: No such file or directory\n"
        "  -> benchmark data prepare small --input grid=resnet18@weights=random,size=64 (processes only these)\n"
        "  -> or remove the files; their tweets then have no picture"
    )
    assert (source.missing, source.bad) == (2, {})
    with pytest.raises(MissingInputError, match="2 pictures not yet processed"):
        source.load()
    reopened = open_source(InputKind.GRID, BACKBONE, replace(setting))
    assert reopened.missing == 0
    assert reopened.load().missing == 1


def test_at_most_ten_failed_pictures_are_listed(setting, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(Backbone, "prepare", fail)
    with pytest.raises(MissingInputError, match=r"(?s)23 pictures could.*\n  and 13 more\n  ->") as caught:
        open_source(InputKind.GRID, BACKBONE, setting).make("cpu", lambda _: None)
    assert "the grey picture: not enough memory to prepare it" in str(caught.value)
    assert str(caught.value).count("not enough memory") == 10


@pytest.mark.parametrize(("every", "bad"), [(2, 11), (1, 22)])
def test_pictures_with_overflowing_values_are_masked_including_the_blank_one(setting, monkeypatch, every, bad):
    extract = Backbone.extract

    def overflowing(extractor, prepared):
        rows = extract(extractor, prepared)
        for row in rows[every - 1 :: every]:
            row.arrays["grid"][0, 0] = np.inf
        return rows

    monkeypatch.setattr(Backbone, "extract", overflowing)
    grid = complete(open_source(InputKind.GRID, BACKBONE, setting)).load()
    assert len(grid.bad) == bad
    assert set(grid.bad.values()) == {"grid hold numbers that are not finite in float16; dtype=float32 can hold more"}
    assert grid.has(BLANK) == (every == 2)


def test_replacements_of_lost_pictures_are_counted(setting):
    (setting.folder / "images" / "train-3.png").write_bytes(b"broken")
    shutil.copy(setting.folder / "images" / "train-1.png", setting.folder / "images" / f"{UMT_REPLACEMENT}.png")
    grid = complete(open_source(InputKind.GRID, BACKBONE, replace(setting, lost=LostPictures.UMT)))
    count = len(setting.pictures.files)  # all pictures of the probe are smaller than UMT's crop
    assert (
        grid.summary == f"{count} pictures, 0 unusable, 0 tweets without a picture, {count} tweets with the replacement"
    )
    counts = gather_inputs({InputKind.GRID: grid}).counts
    assert counts["tweets_with_replacement_for_grid"] == count


def test_an_invalid_file_is_rejected_with_its_line(setting):
    with (setting.folder / "boxes.jsonl").open("a") as stream:
        stream.write('{"image_id": "x", "boxes": [{"name": "ball", "box": [5, 5, 1, 9]}]}\n')
    with pytest.raises(DataError, match=r"boxes.jsonl:23: .*which is empty"):
        open_source(InputKind.REGIONS, "crops@model=resnet18,weights=random,size=64", setting)


def test_the_blank_picture_is_processed_by_the_extractor(setting):
    from mnerbench.datasets.visual.extractors.catalog import parse_extractor
    from mnerbench.datasets.visual.pictures import blank_picture

    grid = complete(open_source(InputKind.GRID, BACKBONE, setting)).load()
    extractor = parse_extractor(BACKBONE).load(None, "cpu")
    expected = extractor.extract([extractor.prepare(decode_picture(blank_picture()))])[0].arrays["grid"]
    np.testing.assert_allclose(grid.vectors(BLANK), np.asarray(expected, np.float32), rtol=2e-3, atol=2e-3)
