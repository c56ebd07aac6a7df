"""Regions: round trips of both published formats, and nothing is read twice."""

import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some
from region_files import SIX, TEN, assert_equal, by_score, folder_of, line, npz, regions, table_of

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.importers import region_filling
from mnerbench.datasets.visual.importers.region_npz import read_npz
from mnerbench.datasets.visual.importers.region_rows import region_row
from mnerbench.datasets.visual.importers.region_tsv import read_line
from mnerbench.datasets.visual.importers.regions import import_regions


def test_npz_files_round_trip(tmp_path):
    expected = {"1": regions(1, 3), "2": regions(2, 5)}
    source = folder_of(tmp_path, **{"1": expected["1"], "2.jpg": expected["2"], "9": regions(9)})
    (source / "classes.txt").write_text("dog,hound\ncat\nbird\nfish\ncow\nhorse\n")
    done = []
    imported = import_regions(source, tmp_path / "stores", {"1", "2", "3"}, done.append, dtype="float32")
    for image, values in expected.items():
        assert_equal(imported, image, values)
    assert (set(imported.keys), imported.bad, imported.absent, imported.imported) == ({"1", "2"}, {}, ("3",), 2)
    assert sum(done) == 2
    assert (imported.shape.width, imported.shape.cells) == (8, 5)
    assert imported.shape.labels == ("dog", "cat", "bird", "fish", "cow", "horse")
    assert (imported.unlabelled, imported.notes) == (0, ())
    copy = pickle.loads(pickle.dumps(imported.store))
    scores = expected["1"]["objects_conf"].tolist()
    assert copy.array(imported.keys["1"], "scores").tolist() == sorted(scores, reverse=True)


def test_regions_are_stably_sorted_by_descending_score(tmp_path):
    values = regions(count=5) | {"objects_conf": np.float32([0.2, 0.9, 0.2, 0.5, 0.9])}
    imported = import_regions(folder_of(tmp_path, **{"1": values}), tmp_path / "stores", {"1"}, dtype="float32")
    names = {"features": "x", "boxes": "bbox", "labels": "objects_id", "scores": "objects_conf"}
    for name, alias in names.items():
        np.testing.assert_array_equal(imported.store.array(imported.keys["1"], name), values[alias][[1, 4, 3, 0, 2]])


def test_features_are_stored_in_float16_by_default(tmp_path):
    source = folder_of(tmp_path, **{"1": regions()})
    half = import_regions(source, tmp_path / "stores", {"1"})
    assert_equal(half, "1", regions())
    assert half.store.array(half.keys["1"], "features").dtype == np.float16
    assert half.fingerprint != import_regions(source, tmp_path / "stores", {"1"}, dtype="float32").fingerprint


def test_other_names_of_the_same_values(tmp_path):
    values = regions()
    other = {"x": "features", "bbox": "boxes", "image_w": "image_width", "image_h": "image_height"}
    names = other | {"objects_id": "classes", "objects_conf": "scores", "num_bbox": "num_boxes"}
    source = folder_of(tmp_path, **{"1": {names[name]: values[name] for name in names}})
    imported = import_regions(source, tmp_path / "stores", {"1"})
    assert_equal(imported, "1", values)
    assert imported.shape.labels == tuple(str(number) for number in range(values["objects_id"].max() + 1))


@pytest.mark.parametrize("layout", [SIX, TEN, ("image_id", "extra", "image_h", *SIX[1:2], *SIX[3:])])
def test_tables_round_trip(tmp_path, layout):
    expected = {"1": regions(1, 3), "2": regions(2, 5)}
    lines = [
        line(f"{image}.jpg", values, [name for name in layout if name != "extra"]) for image, values in expected.items()
    ]
    if "extra" in layout:
        first = lines[0].split("\t")
        lines = [
            "\t".join(layout) + "\n",
            *("\t".join([text.split("\t")[0], "?", *text.split("\t")[1:]]) for text in lines),
        ]
        assert len(lines[1].split("\t")) == len(layout) == len(first) + 1
    source = table_of(tmp_path, *lines)
    imported = import_regions(source, tmp_path / "stores", {"1", "2"}, dtype="float32")
    for image, values in expected.items():
        assert_equal(imported, image, values, labelled=layout == TEN)
    assert imported.unlabelled == (0 if layout == TEN else 2)
    assert bool(imported.shape.labels) == (layout == TEN)


def test_a_table_in_parts_is_one_source(tmp_path):
    folder = tmp_path / "regions"
    folder.mkdir()
    (folder / "classes.txt").write_text("a\nb\nc\nd\ne\n")
    for image in "12":
        table_of(folder, line(image, regions(int(image)), TEN), name=f"all.tsv.{image}")
    imported = import_regions(folder, tmp_path / "stores", {"1", "2"})
    assert_equal(imported, "1", regions(1))
    assert_equal(imported, "2", regions(2))
    assert imported.shape.labels == ("a", "b", "c", "d", "e")
    table_of(folder, line("3", regions(3), SIX), name="other.tsv")
    with pytest.raises(DataError, match="columns differ from those of"):
        import_regions(folder, tmp_path / "stores", {"1"})


def test_nothing_is_read_again_while_the_source_is_unchanged(tmp_path, reads):
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2), "3": b"broken"})
    first = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    reads.clear()
    done = []
    second = import_regions(source, tmp_path / "stores", {"1", "2", "3"}, done.append)
    assert reads == []
    assert (second.keys, second.bad, second.fingerprint) == (first.keys, first.bad, first.fingerprint)
    assert (first.imported, second.imported, sum(done)) == (3, 0, 3)
    import_regions(source, tmp_path / "stores", {"1"})
    assert reads == []
    (source / "2.npz").write_bytes(npz(regions(4, 7)))
    third = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert reads == ["2.npz"]
    assert_equal(third, "2", regions(4, 7))
    assert third.fingerprint != first.fingerprint


def test_a_table_is_not_read_again_while_it_is_unchanged(tmp_path, reads):
    source = table_of(tmp_path, *(line(str(image), regions(image), TEN) for image in range(1, 5)))
    first = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert reads.count("list regions.tsv") == 1
    reads.clear()
    second = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert (reads, second.fingerprint) == ([], first.fingerprint)
    third = import_regions(source, tmp_path / "stores", {"2", "4"})
    assert set(reads) == {"regions.tsv"}
    assert third.imported == 1
    assert_equal(third, "4", regions(4))
    os.utime(source, ns=(1, 1))
    import_regions(source, tmp_path / "stores", {"1"})
    assert "list regions.tsv" in reads


@pytest.mark.parametrize("form", ["npz", "tsv"])
@pytest.mark.parametrize("stop", [1, 2])
def test_a_killed_import_resumes(tmp_path, monkeypatch, reads, form, stop):
    monkeypatch.setattr(region_filling, "_BATCH", 2)
    expected = {str(image): regions(image) for image in range(1, 8)}
    if form == "npz":
        source = folder_of(tmp_path, **expected)
    else:
        source = table_of(tmp_path, *(line(image, values, TEN) for image, values in expected.items()))
    calls = []

    def die(count):
        calls.append(count)
        if sum(calls) >= 2 * stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_regions(source, tmp_path / "stores", set(expected), die)
    # What a kill leaves behind: an incomplete row, index line and cache line.
    store = next(path for path in (tmp_path / "stores").iterdir() if path.is_dir())
    cache = next((tmp_path / "stores").glob("*.jsonl"))
    for path in (store / "rows.bin", store / "index.jsonl", cache):
        with path.open("ab") as stream:
            stream.write(b'{"key": "torn')
    reads.clear()
    imported = import_regions(source, tmp_path / "stores", set(expected))
    assert imported.imported == len(expected) - 2 * stop
    assert len([name for name in reads if not name.startswith("list")]) == imported.imported
    for image, values in expected.items():
        assert_equal(imported, image, values)
    assert len(imported.store) == len(expected)
    fresh = import_regions(source, tmp_path / "fresh", set(expected))
    assert fresh.fingerprint == imported.fingerprint
    reads.clear()
    assert import_regions(source, tmp_path / "stores", set(expected)).imported == 0
    assert reads == []


def test_rows_missing_from_the_cache_are_not_written_twice(tmp_path):
    """As after a kill between writing a row and its cache line."""
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2)})
    import_regions(source, tmp_path / "stores", {"1", "2"})
    for path in (tmp_path / "stores").glob("*.jsonl"):
        path.unlink()
    imported = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert len((imported.store.folder / "index.jsonl").read_text().splitlines()) == 2
    assert_equal(imported, "2", regions(2))


def test_images_with_the_same_bytes_share_a_row(tmp_path):
    imported = import_regions(folder_of(tmp_path, **{"1": regions(), "2": regions()}), tmp_path / "stores", {"1", "2"})
    assert len(imported.store) == 1
    assert_equal(imported, "1", regions())
    assert_equal(imported, "2", regions())


@settings(max_examples=40)
@given(
    some.arrays(np.float32, some.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-8, 8, width=16)),
    st.sampled_from(["npz", "six", "ten"]),
)
def test_any_features_round_trip(features, form):
    values = regions(count=len(features)) | {"x": features}
    layout = {"six": SIX, "ten": TEN}.get(form)
    arrays = read_line(line("1", values, layout).encode(), layout) if layout else read_npz(npz(values))
    row = region_row(arrays, "float16")
    order = slice(None) if form == "six" else by_score(values)
    np.testing.assert_array_equal(row.arrays["features"], features[order])
    np.testing.assert_array_equal(row.arrays["boxes"], values["bbox"][order])
    np.testing.assert_array_equal(row.arrays["labels"], -1 if form == "six" else values["objects_id"][order])
