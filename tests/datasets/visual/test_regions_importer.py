"""Regions: both published formats come back as they were written, faults are named, and nothing is read twice."""

import base64
import io
import json
import os
import pickle
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.importers import region_filling, region_memory, region_npz, region_tsv
from mnerbench.datasets.visual.importers.region_npz import read_npz
from mnerbench.datasets.visual.importers.region_rows import region_row
from mnerbench.datasets.visual.importers.region_tsv import read_line
from mnerbench.datasets.visual.importers.regions import import_regions

SIZE = (640, 480)
SIX = ("image_id", "image_w", "image_h", "num_boxes", "boxes", "features")
TEN = (
    *("img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf"),
    *("num_boxes", "boxes", "features"),
)


def regions(seed=0, count=3, width=8):
    """Made regions by the names of the npz release."""
    random = np.random.default_rng(seed)
    corners = np.sort(random.uniform(0, 460, (count, 2, 2)), axis=1) + np.float32([[0, 0], [5, 5]])
    return {
        "x": random.normal(size=(count, width)).astype(np.float32),
        "bbox": corners.reshape(count, 4).astype(np.float32),
        "num_bbox": count,
        "image_w": SIZE[0],
        "image_h": SIZE[1],
        "objects_id": random.integers(0, 5, count),
        "objects_conf": random.uniform(0, 1, count).astype(np.float32),
        "attrs_id": random.integers(0, 5, count),
        "attrs_conf": random.uniform(0, 1, count).astype(np.float32),
    }


def npz(values, *, compressed=True):
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **values)
    return stream.getvalue()


def line(image, values, layout):
    def packed(name, dtype):
        return base64.b64encode(np.asarray(values[name]).astype(dtype).tobytes()).decode()

    texts = {
        "image_id": image,
        "img_id": image,
        "num_boxes": values["num_bbox"],
        **dict.fromkeys(("image_w", "img_w"), values["image_w"]),
        **dict.fromkeys(("image_h", "img_h"), values["image_h"]),
        "boxes": packed("bbox", "<f4"),
        "features": packed("x", "<f4"),
        **{name: packed(name, "<i8") for name in ("objects_id", "attrs_id")},
        **{name: packed(name, "<f4") for name in ("objects_conf", "attrs_conf")},
    }
    return "\t".join(str(texts[name]) for name in layout) + "\r\n"


def folder_of(tmp_path, **files):
    source = tmp_path / "regions"
    source.mkdir(exist_ok=True)
    for name, content in files.items():
        (source / f"{name}.npz").write_bytes(content if isinstance(content, bytes) else npz(content))
    return source


def table_of(tmp_path, *lines, name="regions.tsv"):
    path = tmp_path / name
    path.write_bytes("".join(lines).encode())
    return path


def assert_equal(found, image, values, labelled=True):
    def array(name):
        return found.store.array(found.keys[image], name)

    np.testing.assert_array_equal(array("features"), values["x"].astype(found.store.fields[-1].dtype))
    np.testing.assert_array_equal(array("boxes"), values["bbox"])
    np.testing.assert_array_equal(array("labels"), values["objects_id"] if labelled else -1)
    np.testing.assert_array_equal(array("scores"), values["objects_conf"] if labelled else 1)
    assert found.store.facts(found.keys[image])["size"] == [values["image_w"], values["image_h"]]


@pytest.fixture
def reads(monkeypatch):
    """Image payloads read, by file name, and tables looked through."""
    seen = []
    read, listed = region_memory.Item.read, region_tsv.list_tsv
    monkeypatch.setattr(region_memory.Item, "read", lambda item: seen.append(item.name) or read(item))
    looked = lambda path, *rest: seen.append(f"list {path.name}") or listed(path, *rest)  # noqa: E731
    monkeypatch.setattr("mnerbench.datasets.visual.importers.region_source.list_tsv", looked)
    return seen


def test_npz_files_come_back_as_they_were_written(tmp_path):
    made = {"1": regions(1, 3), "2": regions(2, 5)}
    source = folder_of(tmp_path, **{"1": made["1"], "2.jpg": made["2"], "9": regions(9)})
    (source / "classes.txt").write_text("dog,hound\ncat\nbird\nfish\ncow\nhorse\n")
    done = []
    found = import_regions(source, tmp_path / "stores", {"1", "2", "3"}, done.append, dtype="float32")
    for image, values in made.items():
        assert_equal(found, image, values)
    assert (set(found.keys), found.bad, found.absent, found.made) == ({"1", "2"}, {}, ("3",), 2)
    assert sum(done) == 2
    assert (found.shape.width, found.shape.cells) == (8, 5)
    assert found.shape.labels == ("dog", "cat", "bird", "fish", "cow", "horse")
    assert (found.unlabelled, found.notes) == (0, ())
    again = pickle.loads(pickle.dumps(found.store))
    assert again.array(found.keys["1"], "boxes").tolist() == made["1"]["bbox"].tolist()


def test_features_are_halved_on_disk_unless_told_otherwise(tmp_path):
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
    found = import_regions(source, tmp_path / "stores", {"1"})
    assert_equal(found, "1", values)
    assert found.shape.labels == tuple(str(number) for number in range(values["objects_id"].max() + 1))


@pytest.mark.parametrize("layout", [SIX, TEN, ("image_id", "extra", "image_h", *SIX[1:2], *SIX[3:])])
def test_tables_come_back_as_they_were_written(tmp_path, layout):
    made = {"1": regions(1, 3), "2": regions(2, 5)}
    lines = [
        line(f"{image}.jpg", values, [name for name in layout if name != "extra"]) for image, values in made.items()
    ]
    if "extra" in layout:
        first = lines[0].split("\t")
        lines = [
            "\t".join(layout) + "\n",
            *("\t".join([one.split("\t")[0], "?", *one.split("\t")[1:]]) for one in lines),
        ]
        assert len(lines[1].split("\t")) == len(layout) == len(first) + 1
    source = table_of(tmp_path, *lines)
    found = import_regions(source, tmp_path / "stores", {"1", "2"}, dtype="float32")
    for image, values in made.items():
        assert_equal(found, image, values, labelled=layout == TEN)
    assert found.unlabelled == (0 if layout == TEN else 2)
    assert bool(found.shape.labels) == (layout == TEN)


def test_tables_in_pieces_make_one_source(tmp_path):
    folder = tmp_path / "regions"
    folder.mkdir()
    (folder / "classes.txt").write_text("a\nb\nc\nd\ne\n")
    for place in "12":
        table_of(folder, line(place, regions(int(place)), TEN), name=f"all.tsv.{place}")
    found = import_regions(folder, tmp_path / "stores", {"1", "2"})
    assert_equal(found, "1", regions(1))
    assert_equal(found, "2", regions(2))
    assert found.shape.labels == ("a", "b", "c", "d", "e")
    table_of(folder, line("3", regions(3), SIX), name="other.tsv")
    with pytest.raises(DataError, match="columns are not those of"):
        import_regions(folder, tmp_path / "stores", {"1"})


def test_nothing_is_read_again_while_the_source_is_unchanged(tmp_path, reads):
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2), "3": b"broken"})
    first = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    reads.clear()
    done = []
    second = import_regions(source, tmp_path / "stores", {"1", "2", "3"}, done.append)
    assert reads == []
    assert (second.keys, second.bad, second.fingerprint) == (first.keys, first.bad, first.fingerprint)
    assert (first.made, second.made, sum(done)) == (3, 0, 3)
    import_regions(source, tmp_path / "stores", {"1"})
    assert reads == []
    (source / "2.npz").write_bytes(npz(regions(4, 7)))
    third = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert reads == ["2.npz"]
    assert_equal(third, "2", regions(4, 7))
    assert third.fingerprint != first.fingerprint


def test_a_table_is_not_read_again_while_it_is_unchanged(tmp_path, reads):
    source = table_of(tmp_path, *(line(str(place), regions(place), TEN) for place in range(1, 5)))
    first = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert reads.count("list regions.tsv") == 1
    reads.clear()
    second = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert (reads, second.fingerprint) == ([], first.fingerprint)
    third = import_regions(source, tmp_path / "stores", {"2", "4"})
    assert set(reads) == {"regions.tsv"}
    assert third.made == 1
    assert_equal(third, "4", regions(4))
    os.utime(source, ns=(1, 1))
    import_regions(source, tmp_path / "stores", {"1"})
    assert "list regions.tsv" in reads


@pytest.mark.parametrize("form", ["npz", "tsv"])
@pytest.mark.parametrize("stop", [1, 2])
def test_a_killed_import_goes_on_where_it_was(tmp_path, monkeypatch, reads, form, stop):
    monkeypatch.setattr(region_filling, "_BATCH", 2)
    made = {str(place): regions(place) for place in range(1, 8)}
    if form == "npz":
        source = folder_of(tmp_path, **made)
    else:
        source = table_of(tmp_path, *(line(image, values, TEN) for image, values in made.items()))
    calls = []

    def die(count):
        calls.append(count)
        if sum(calls) >= 2 * stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_regions(source, tmp_path / "stores", set(made), die)
    # What a kill leaves behind: a torn row, a torn line of the index, a torn line of the memory.
    store = next(path for path in (tmp_path / "stores").iterdir() if path.is_dir())
    memory = next((tmp_path / "stores").glob("*.jsonl"))
    for path in (store / "rows.bin", store / "index.jsonl", memory):
        with path.open("ab") as stream:
            stream.write(b'{"key": "torn')
    reads.clear()
    found = import_regions(source, tmp_path / "stores", set(made))
    assert found.made == len(made) - 2 * stop
    assert len([name for name in reads if not name.startswith("list")]) == found.made
    for image, values in made.items():
        assert_equal(found, image, values)
    assert len(found.store) == len(made)
    fresh = import_regions(source, tmp_path / "fresh", set(made))
    assert fresh.fingerprint == found.fingerprint
    reads.clear()
    assert import_regions(source, tmp_path / "stores", set(made)).made == 0
    assert reads == []


def test_rows_without_a_memory_are_not_written_twice(tmp_path):
    """A kill between a row and its line in the memory."""
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2)})
    import_regions(source, tmp_path / "stores", {"1", "2"})
    for path in (tmp_path / "stores").glob("*.jsonl"):
        path.unlink()
    found = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert len((found.store.folder / "index.jsonl").read_text().splitlines()) == 2
    assert_equal(found, "2", regions(2))


def test_images_with_the_same_bytes_share_a_row(tmp_path):
    found = import_regions(folder_of(tmp_path, **{"1": regions(), "2": regions()}), tmp_path / "stores", {"1", "2"})
    assert len(found.store) == 1
    assert_equal(found, "1", regions())
    assert_equal(found, "2", regions())


def changed(**values):
    return {name: value for name, value in (regions() | values).items() if value is not None}


def at(name, place, value):
    array = regions()[name].astype(np.float64)
    array[place] = value
    return {name: array}


BAD = {
    "no features": changed(x=None),
    "no boxes": changed(bbox=None),
    r"no height \(image_h or image_height or img_h\)": changed(image_h=None),
    "2 regions announced, 3 there": changed(num_bbox=2),
    r"boxes have the shape \(2, 4\)": changed(bbox=regions()["bbox"][:2]),
    r"boxes have the shape \(3, 5\)": changed(bbox=np.ones((3, 5))),
    r"features have the shape \(24,\)": changed(x=regions()["x"].ravel()),
    r"features have the shape \(3, 0\)": changed(x=np.ones((3, 0))),
    "no region in it": changed(x=np.ones((0, 8)), bbox=np.ones((0, 4)), num_bbox=0),
    "features have 7 numbers per region, those of most images 8": changed(x=np.ones((3, 7))),
    "features hold values that are not finite": changed(**at("x", (1, 1), np.nan)),
    "features are too large for float16": changed(**at("x", (1, 1), 1e5)),
    "features are complex128": changed(x=np.ones((3, 8), complex)),
    "boxes hold values that are not finite": changed(**at("bbox", (0, 0), np.inf)),
    "is not x1 y1 x2 y2": changed(bbox=regions()["bbox"][:, [2, 1, 0, 3]]),
    r"box \[-1": changed(**at("bbox", (0, 0), -1)),
    "fractions of the picture": changed(bbox=regions()["bbox"] / 640),
    "are width and height exchanged": changed(bbox=np.tile(np.float32([0, 0, 470, 630]), (3, 1))),
    "a picture of 0 x 480": changed(image_w=0),
    "width is not one whole number": changed(image_w=1.5),
    "height is not one whole number": changed(image_h=np.ones(2)),
    "labels have the shape": changed(objects_id=np.ones((3, 2), int)),
    "labels are not class numbers from 0": changed(objects_id=np.array([0, -1, 2])),
    "labels are not class numbers": changed(objects_id=np.array([0, 10**9, 2])),
    "labels are <U3": changed(objects_id=np.array(["dog", "cat", "cow"])),
    "scores are not between 0 and 1": changed(**at("objects_conf", 0, 1.5)),
    "scores hold values that are not finite": changed(**at("objects_conf", 0, np.nan)),
    "'x' is pickled objects": changed(x=np.array([{"a": 1}], object)),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_is_named_and_not_fatal_to_others(tmp_path, reason):
    good = {str(place): regions(place) for place in range(2, 5)}
    found = import_regions(folder_of(tmp_path, **{"1": BAD[reason]}, **good), tmp_path / "stores", {"1", *good})
    assert found.bad.keys() == {"1"}
    assert re.search(reason, found.bad["1"]), found.bad["1"]
    for image, values in good.items():
        assert_equal(found, image, values)


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(region_npz.BYTE_LIMIT + 1))
    return stream.getvalue()


def lying_header():
    """A header that announces far more than the member has: numpy would make room for it first."""
    stream = io.BytesIO()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40, 8)})
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", header.getvalue() + bytes(64))
    return stream.getvalue()


def edited(old, new):
    data = npz(regions(), compressed=False)
    assert data.count(old) >= 1
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an .npz"),
        (b"PK\x03\x04 and then nothing", "not an .npz"),
        (npz(regions())[:-30], "not an .npz"),
        (npz(regions())[: len(npz(regions())) // 2], "not an .npz"),
        (edited(b"\x93NUMPY\x01", b"\x93NUMPY\x03"), "version|not an .npz"),
        (edited(b"\x93NUMPY", b"\x93NUMPX"), "not an .npz"),
        (edited(b"'<f4'", b"'<f8'"), "announces|not an .npz"),
        (bomb(), "over the limit"),
        (lying_header(), "announces .* bytes and has 64"),
    ],
)
def test_damaged_files_and_bombs_are_bad_pictures(data, reason):
    with pytest.raises(BadPictureError, match=reason):
        read_npz(data)


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickled_info_is_named_and_never_loaded(tmp_path):
    trap = tmp_path / "sprung"
    values = changed(objects_id=None, objects_conf=None) | {"info": np.array([Trap(trap)], object)}
    found = import_regions(folder_of(tmp_path, **{"1": values}), tmp_path / "stores", {"1"})
    assert_equal(found, "1", regions(), labelled=False)
    assert (found.unlabelled, found.shape.labels) == (1, ())
    assert "1 files have no labels but a pickled `info`" in found.notes[0]
    assert "objects_id=info['objects_id']" in found.notes[0]
    assert not trap.exists()
    again = import_regions(tmp_path / "regions", tmp_path / "stores", {"1"})
    assert (again.made, again.notes) == (0, found.notes)
    labelled = regions(2) | {"info": np.array([Trap(trap)], object)}
    both = import_regions(folder_of(tmp_path, **{"1": labelled}), tmp_path / "stores", {"1"})
    assert (both.notes, trap.exists()) == ((), False)
    np.load(tmp_path / "regions" / "1.npz", allow_pickle=True)["info"]
    assert trap.exists(), "the trap of this test does not work"


@pytest.mark.parametrize("cut", [1, 3, 20, 150, 200])
def test_a_cut_last_line_is_bad_and_not_fatal(tmp_path, cut):
    whole = [line(str(place), regions(place), TEN) for place in range(1, 4)]
    source = table_of(tmp_path, *whole[:-1], whole[-1][: -cut - 2])
    found = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    assert found.keys.keys() == {"1", "2"}
    assert found.bad.keys() == {"3"}
    table_of(tmp_path, *whole)
    assert import_regions(source, tmp_path / "stores", {"1", "2", "3"}).bad == {}


def test_lines_that_hold_no_whole_image_id_or_one_again_are_noted(tmp_path):
    first, again = line("1", regions(1), SIX), line("1.jpg", regions(2), SIX)
    source = table_of(tmp_path, first, again, "\n", "12")
    found = import_regions(source, tmp_path / "stores", {"1", "12"})
    assert_equal(found, "1", regions(1), labelled=False)
    assert found.absent == ("12",)
    assert any("1 lines are of images that stand further up" in note for note in found.notes)
    assert any("1 lines are cut off inside the image id" in note for note in found.notes)
    assert import_regions(source, tmp_path / "stores", {"1", "12"}).notes == found.notes


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (1, "wide", "width is b'wide', not a whole number"),
        (2, "", "height is b'', not a whole number"),
        (3, "4", "boxes have 48 bytes, not a multiple of 4 x 4 regions|features|boxes have the shape"),
        (3, "0", "not a multiple"),
        (3, "-3", "not a multiple"),
        (3, "9" * 30, "count is"),
        (4, "!!!!", "boxes are not base64"),
        (5, "AAA", "features are not base64"),
        (5, "AAAA", "features have 3 bytes"),
    ],
)
def test_a_bad_line_is_named(tmp_path, column, value, reason):
    columns = line("1", regions(), SIX).rstrip().split("\t")
    columns[column] = value
    source = table_of(tmp_path, *(line(str(place), regions(place), SIX) for place in (2, 3)), "\t".join(columns))
    found = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    assert found.keys.keys() == {"2", "3"}
    assert re.search(reason, found.bad["1"]), found.bad["1"]


def test_one_odd_width_does_not_decide_for_the_others(tmp_path):
    made = {str(place): regions(place, width=6 if place == 1 else 8) for place in range(1, 5)}
    found = import_regions(folder_of(tmp_path, **made), tmp_path / "stores", set(made))
    assert (found.shape.width, found.bad.keys()) == (8, {"1"})


def test_sources_of_no_known_format_are_refused(tmp_path):
    def refused(source, match, wanted=("1",), error=DataError):
        with pytest.raises(error, match=match):
            import_regions(source, tmp_path / "stores", set(wanted))

    refused(tmp_path / "absent", "there is no", error=MissingInputError)
    source = folder_of(tmp_path)
    refused(source, "holds no .npz and no .tsv file")
    np.save(source / "1.npy", {"x": 1}, allow_pickle=True)
    refused(source, "1 .npy files.*never loaded")
    (source / "1.npz").write_bytes(b"?")
    (source / "2.npz").write_bytes(b"?")
    refused(source, "none of the regions of 2 images can be used; those of '1': not an .npz", ("1", "2"))
    refused(source, "none of its 2 image ids is in this corpus", ("7",))
    refused(table_of(tmp_path, "a,b,c\n"), "1: 1 columns")
    refused(table_of(tmp_path, "image_id\tboxes\n"), "names no column of features, count, width, height")
    refused(table_of(tmp_path, "\n"), "1 columns|empty")
    refused(table_of(tmp_path, ""), "the file is empty")


def test_a_line_without_end_is_not_held_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(region_tsv, "BYTE_LIMIT", 1000)
    with pytest.raises(DataError, match="a line of over 1,000 bytes"):
        import_regions(table_of(tmp_path, "x" * 5000), tmp_path / "stores", {"1"})


def test_a_file_over_the_limit_is_bad_unread(tmp_path, monkeypatch, reads):
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2)})
    with (source / "2.npz").open("ab") as stream:
        stream.truncate(region_filling.BYTE_LIMIT + 1)
    found = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert "over the limit" in found.bad["2"]
    assert "2.npz" not in reads


def test_two_files_of_one_image_must_be_equal(tmp_path):
    source = folder_of(tmp_path, **{"1": regions(1), "1.jpg": regions(1)})
    assert_equal(import_regions(source, tmp_path / "stores", {"1"}), "1", regions(1))
    folder_of(tmp_path, **{"1.jpg": regions(2)})
    with pytest.raises(DataError, match="holds other regions of the same image"):
        import_regions(source, tmp_path / "stores", {"1"})


def test_classes_must_be_enough_and_count_in_the_fingerprint(tmp_path):
    source = folder_of(tmp_path, **{"1": changed(objects_id=np.array([0, 2, 1]))})
    bare = import_regions(source, tmp_path / "stores", {"1"})
    (source / "classes.txt").write_text("a\nb\nc\n\n")
    named = import_regions(source, tmp_path / "stores", {"1"})
    assert (bare.shape.labels, named.shape.labels) == (("0", "1", "2"), ("a", "b", "c"))
    assert (named.made, named.fingerprint == bare.fingerprint) == (0, False)
    (source / "classes.txt").write_text("a\nb\n")
    with pytest.raises(DataError, match="2 names, but labels go up to 2"):
        import_regions(source, tmp_path / "stores", {"1"})
    (source / "classes.txt").write_text("a\n\nc\n")
    with pytest.raises(DataError, match=r"classes\.txt:2: no name"):
        import_regions(source, tmp_path / "stores", {"1"})


def test_a_memory_that_somebody_edited_costs_time_and_nothing_else(tmp_path):
    source = table_of(tmp_path, line("1", regions(), SIX))
    import_regions(source, tmp_path / "stores", {"1"})
    memory = next((tmp_path / "stores").glob("*.jsonl"))
    records = [json.loads(text) for text in memory.read_text().splitlines()]
    spoilt = [{**record, name: 7} for record in records for name in record if name != "width"]
    memory.write_text("\n".join(map(json.dumps, [*records, *spoilt, [], "x", None, {}])))
    assert_equal(import_regions(source, tmp_path / "stores", {"1"}), "1", regions(), labelled=False)


@settings(max_examples=40)
@given(st.data())
def test_any_damage_is_a_bad_picture_or_none_at_all(data):
    """Bytes changed or cut anywhere: the same numbers come out, or a reason."""
    values = regions()
    whole = npz(values, compressed=data.draw(st.booleans()))
    damaged = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        damaged[place] ^= data.draw(st.integers(1, 255))
    damaged = bytes(damaged[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))])
    try:
        row = region_row(read_npz(damaged), "float32")
    except BadPictureError:
        return
    np.testing.assert_array_equal(row.arrays["features"], values["x"])
    np.testing.assert_array_equal(row.arrays["boxes"], values["bbox"])


@settings(max_examples=40)
@given(st.binary(max_size=300) | st.lists(st.sampled_from([b"1", b"640", b"AAAA", b"", b"-1"])).map(b"\t".join))
def test_any_line_is_read_or_bad(text):
    for layout in (SIX, TEN):
        try:
            row = region_row(read_line(text, layout), "float16")
        except BadPictureError:
            continue
        assert np.isfinite(row.arrays["features"]).all()


@settings(max_examples=40)
@given(
    some.arrays(np.float32, some.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-8, 8, width=16)),
    st.sampled_from(["npz", "six", "ten"]),
)
def test_any_features_come_back(features, form):
    values = regions(count=len(features)) | {"x": features}
    layout = {"six": SIX, "ten": TEN}.get(form)
    found = read_line(line("1", values, layout).encode(), layout) if layout else read_npz(npz(values))
    row = region_row(found, "float16")
    np.testing.assert_array_equal(row.arrays["features"], features)
    np.testing.assert_array_equal(row.arrays["boxes"], values["bbox"])
    np.testing.assert_array_equal(row.arrays["labels"], -1 if form == "six" else values["objects_id"])
