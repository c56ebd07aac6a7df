"""Unusable regions are reported, do not affect other pictures, and never execute code."""

import io
import json
import os
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from region_files import SIX, TEN, assert_equal, by_score, folder_of, line, npz, regions, table_of

from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.importers import region_filling, region_npz, region_tsv
from mnerbench.datasets.visual.importers.region_npz import read_npz
from mnerbench.datasets.visual.importers.region_rows import region_row
from mnerbench.datasets.visual.importers.region_tsv import read_line
from mnerbench.datasets.visual.importers.regions import import_regions


def changed(**values):
    return {name: value for name, value in (regions() | values).items() if value is not None}


def with_value(name, position, value):
    array = regions()[name].astype(np.float64)
    array[position] = value
    return {name: array}


BAD = {
    "no features": changed(x=None),
    "no boxes": changed(bbox=None),
    r"no height \(image_h or image_height or img_h\)": changed(image_h=None),
    "2 regions announced, 3 present": changed(num_bbox=2),
    r"boxes have the shape \(2, 4\)": changed(bbox=regions()["bbox"][:2]),
    r"boxes have the shape \(3, 5\)": changed(bbox=np.ones((3, 5))),
    r"features have the shape \(24,\)": changed(x=regions()["x"].ravel()),
    r"features have the shape \(3, 0\)": changed(x=np.ones((3, 0))),
    "no regions": changed(x=np.ones((0, 8)), bbox=np.ones((0, 4)), num_bbox=0),
    "features have 7 numbers per region, those of most images 8": changed(x=np.ones((3, 7))),
    "features hold values that are not finite": changed(**with_value("x", (1, 1), np.nan)),
    "features are too large for float16": changed(**with_value("x", (1, 1), 1e5)),
    "features are complex128": changed(x=np.ones((3, 8), complex)),
    "boxes hold values that are not finite": changed(**with_value("bbox", (0, 0), np.inf)),
    "is not x1 y1 x2 y2": changed(bbox=regions()["bbox"][:, [2, 1, 0, 3]]),
    r"box \[-1": changed(**with_value("bbox", (0, 0), -1)),
    "relative to the picture's size": changed(bbox=regions()["bbox"] / 640),
    "are width and height swapped": changed(bbox=np.tile(np.float32([0, 0, 470, 630]), (3, 1))),
    "a picture of 0 x 480": changed(image_w=0),
    "width is not one whole number": changed(image_w=1.5),
    "height is not one whole number": changed(image_h=np.ones(2)),
    "labels have the shape": changed(objects_id=np.ones((3, 2), int)),
    "labels are not class numbers from 0": changed(objects_id=np.array([0, -1, 2])),
    "labels are not class numbers": changed(objects_id=np.array([0, 10**9, 2])),
    "labels are <U3": changed(objects_id=np.array(["dog", "cat", "cow"])),
    "scores are not between 0 and 1": changed(**with_value("objects_conf", 0, 1.5)),
    "scores hold values that are not finite": changed(**with_value("objects_conf", 0, np.nan)),
    "'x' is pickled objects": changed(x=np.array([{"a": 1}], object)),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_file_is_reported_and_does_not_affect_others(tmp_path, reason):
    good = {str(image): regions(image) for image in range(2, 5)}
    imported = import_regions(folder_of(tmp_path, **{"1": BAD[reason]}, **good), tmp_path / "stores", {"1", *good})
    assert imported.bad.keys() == {"1"}
    assert re.search(reason, imported.bad["1"]), imported.bad["1"]
    for image, values in good.items():
        assert_equal(imported, image, values)


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(region_npz.BYTE_LIMIT + 1))
    return stream.getvalue()


def lying_header():
    """A header that announces far more data than the member has, for which numpy would allocate memory."""
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
    """Creates a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickled_info_is_reported_and_never_loaded(tmp_path):
    trap = tmp_path / "sprung"
    values = changed(objects_id=None, objects_conf=None) | {"info": np.array([Trap(trap)], object)}
    imported = import_regions(folder_of(tmp_path, **{"1": values}), tmp_path / "stores", {"1"})
    assert_equal(imported, "1", regions(), labelled=False)
    assert (imported.unlabelled, imported.shape.labels) == (1, ())
    assert "1 files have no labels but a pickled `info`" in imported.notes[0]
    assert "objects_id=info['objects_id']" in imported.notes[0]
    assert not trap.exists()
    second = import_regions(tmp_path / "regions", tmp_path / "stores", {"1"})
    assert (second.imported, second.notes) == (0, imported.notes)
    labelled = regions(2) | {"info": np.array([Trap(trap)], object)}
    both = import_regions(folder_of(tmp_path, **{"1": labelled}), tmp_path / "stores", {"1"})
    assert (both.notes, trap.exists()) == ((), False)
    np.load(tmp_path / "regions" / "1.npz", allow_pickle=True)["info"]
    assert trap.exists(), "the trap of this test does not work"


@pytest.mark.parametrize("cut", [1, 3, 20, 150, 200])
def test_a_truncated_last_line_is_bad_and_does_not_affect_others(tmp_path, cut):
    whole = [line(str(image), regions(image), TEN) for image in range(1, 4)]
    source = table_of(tmp_path, *whole[:-1], whole[-1][: -cut - 2])
    imported = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    assert imported.keys.keys() == {"1", "2"}
    assert imported.bad.keys() == {"3"}
    table_of(tmp_path, *whole)
    assert import_regions(source, tmp_path / "stores", {"1", "2", "3"}).bad == {}


def test_truncated_image_ids_and_repeated_images_are_noted(tmp_path):
    first, repeated = line("1", regions(1), SIX), line("1.jpg", regions(2), SIX)
    source = table_of(tmp_path, first, repeated, "\n", "12")
    imported = import_regions(source, tmp_path / "stores", {"1", "12"})
    assert_equal(imported, "1", regions(1), labelled=False)
    assert imported.absent == ("12",)
    assert any("1 lines repeat an image of an earlier line" in note for note in imported.notes)
    assert any("1 lines are truncated within the image id" in note for note in imported.notes)
    assert import_regions(source, tmp_path / "stores", {"1", "12"}).notes == imported.notes


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
def test_a_bad_line_is_reported(tmp_path, column, value, reason):
    columns = line("1", regions(), SIX).rstrip().split("\t")
    columns[column] = value
    source = table_of(tmp_path, *(line(str(image), regions(image), SIX) for image in (2, 3)), "\t".join(columns))
    imported = import_regions(source, tmp_path / "stores", {"1", "2", "3"})
    assert imported.keys.keys() == {"2", "3"}
    assert re.search(reason, imported.bad["1"]), imported.bad["1"]


def test_a_lack_of_memory_is_not_cached(tmp_path, monkeypatch):
    source = folder_of(tmp_path, **{"1": regions(1)})
    import_regions(source, tmp_path / "stores", {"1"})
    folder_of(tmp_path, **{"2": regions(2)})

    def fail(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(region_npz, "_arrays", fail)
        imported = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert (imported.keys.keys(), imported.bad) == ({"1"}, {"2": "not enough memory to unpack it"})
    assert import_regions(source, tmp_path / "stores", {"1", "2"}).bad == {}


def test_the_most_common_width_is_the_valid_one(tmp_path):
    values = {str(image): regions(image, width=6 if image == 1 else 8) for image in range(1, 5)}
    imported = import_regions(folder_of(tmp_path, **values), tmp_path / "stores", set(values))
    assert (imported.shape.width, imported.bad.keys()) == (8, {"1"})


def test_sources_of_unknown_format_are_rejected(tmp_path):
    def assert_rejected(source, match, requested=("1",), error=DataError):
        with pytest.raises(error, match=match):
            import_regions(source, tmp_path / "stores", set(requested))

    assert_rejected(tmp_path / "absent", "there is no", error=MissingInputError)
    source = folder_of(tmp_path)
    assert_rejected(source, "has no .npz and no .tsv file")
    np.save(source / "1.npy", {"x": 1}, allow_pickle=True)
    assert_rejected(source, "1 .npy files.*never loaded")
    (source / "1.npz").write_bytes(b"?")
    (source / "2.npz").write_bytes(b"?")
    assert_rejected(source, "none of the regions of 2 images can be used; those of '1': not an .npz", ("1", "2"))
    assert_rejected(source, "none of its 2 image ids is in this corpus", ("7",))
    assert_rejected(table_of(tmp_path, "a,b,c\n"), "1: 1 columns")
    assert_rejected(table_of(tmp_path, "image_id\tboxes\n"), "has no column for features, count, width, height")
    assert_rejected(table_of(tmp_path, "\n"), "1 columns|empty")
    assert_rejected(table_of(tmp_path, ""), "the file is empty")


def test_a_line_without_end_is_not_read_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(region_tsv, "BYTE_LIMIT", 1000)
    with pytest.raises(DataError, match="a line of over 1,000 bytes"):
        import_regions(table_of(tmp_path, "x" * 5000), tmp_path / "stores", {"1"})


def test_a_file_over_the_limit_is_bad_unread(tmp_path, monkeypatch, reads):
    source = folder_of(tmp_path, **{"1": regions(1), "2": regions(2)})
    with (source / "2.npz").open("ab") as stream:
        stream.truncate(region_filling.BYTE_LIMIT + 1)
    imported = import_regions(source, tmp_path / "stores", {"1", "2"})
    assert "over the limit" in imported.bad["2"]
    assert "2.npz" not in reads


def test_two_files_of_one_image_must_be_equal(tmp_path):
    source = folder_of(tmp_path, **{"1": regions(1), "1.jpg": regions(1)})
    assert_equal(import_regions(source, tmp_path / "stores", {"1"}), "1", regions(1))
    folder_of(tmp_path, **{"1.jpg": regions(2)})
    with pytest.raises(DataError, match="holds other regions of the same image"):
        import_regions(source, tmp_path / "stores", {"1"})


def test_class_names_must_be_complete_and_are_part_of_the_fingerprint(tmp_path):
    source = folder_of(tmp_path, **{"1": changed(objects_id=np.array([0, 2, 1]))})
    bare = import_regions(source, tmp_path / "stores", {"1"})
    (source / "classes.txt").write_text("a\nb\nc\n\n")
    named = import_regions(source, tmp_path / "stores", {"1"})
    assert (bare.shape.labels, named.shape.labels) == (("0", "1", "2"), ("a", "b", "c"))
    assert (named.imported, named.fingerprint == bare.fingerprint) == (0, False)
    (source / "classes.txt").write_text("a\nb\n")
    with pytest.raises(DataError, match="2 names, but labels go up to 2"):
        import_regions(source, tmp_path / "stores", {"1"})
    (source / "classes.txt").write_text("a\n\nc\n")
    with pytest.raises(DataError, match=r"classes\.txt:2: no name"):
        import_regions(source, tmp_path / "stores", {"1"})


def test_an_edited_cache_only_costs_time(tmp_path):
    source = table_of(tmp_path, line("1", regions(), SIX))
    import_regions(source, tmp_path / "stores", {"1"})
    cache = next((tmp_path / "stores").glob("*.jsonl"))
    records = [json.loads(text) for text in cache.read_text().splitlines()]
    damaged_records = [{**record, name: 7} for record in records for name in record if name != "width"]
    cache.write_text("\n".join(map(json.dumps, [*records, *damaged_records, [], "x", None, {}])))
    assert_equal(import_regions(source, tmp_path / "stores", {"1"}), "1", regions(), labelled=False)


@settings(max_examples=40)
@given(st.data())
def test_any_damage_is_detected_or_harmless(data):
    """After changing or truncating bytes anywhere, the values are unchanged or an error is raised."""
    values = regions()
    whole = npz(values, compressed=data.draw(st.booleans()))
    damaged = bytearray(whole)
    for position in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
        damaged[position] ^= data.draw(st.integers(1, 255))
    damaged = bytes(damaged[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))])
    try:
        row = region_row(read_npz(damaged), "float32")
    except BadPictureError:
        return
    # Damage to the name of the scores leaves regions without scores, in file order.
    order = slice(None) if (row.arrays["scores"] == 1).all() else by_score(values)
    np.testing.assert_array_equal(row.arrays["features"], values["x"][order])
    np.testing.assert_array_equal(row.arrays["boxes"], values["bbox"][order])


@settings(max_examples=40)
@given(st.binary(max_size=300) | st.lists(st.sampled_from([b"1", b"640", b"AAAA", b"", b"-1"])).map(b"\t".join))
def test_any_line_is_read_or_bad(text):
    for layout in (SIX, TEN):
        try:
            row = region_row(read_line(text, layout), "float16")
        except BadPictureError:
            continue
        assert np.isfinite(row.arrays["features"]).all()
