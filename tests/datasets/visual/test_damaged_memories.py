"""Caches and sources whose damage `tox -e fuzz` found: named, or made again, never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from region_files import SIX, line, regions

from mnerbench.datasets.errors import DataError, MissingInputError, StoreError
from mnerbench.datasets.fetching.partial_file import PartialFile, Version
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.importers.regions import import_regions
from mnerbench.datasets.visual.importers.vectors import import_vectors
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

IMAGES = frozenset({"a", "b"})
PLACES = {"folder": Path.mkdir, "fifo": os.mkfifo, "link to itself": lambda path: path.symlink_to(path)}


@pytest.fixture
def store(tmp_path):
    """A folder with one row."""
    made = FeatureStore(tmp_path / "store", [Field("grid", (2, 3), "float32")])
    with made.writing({"family": "f"}) as writer:
        writer.write({"key": Row({"grid": np.ones((2, 3))})})
    return tmp_path / "store"


@pytest.mark.parametrize(
    "field",
    [
        {"dtype": ""},
        {"dtype": "object"},
        {"dtype": 4},
        {"shape": []},
        {"shape": [2, -1]},
        {"shape": [2, "3"]},
        {"shape": [2.0, 3]},
        {"name": None},
    ],
    ids=str,
)
def test_a_store_whose_description_names_no_array_is_refused(store, field):
    about = json.loads((store / "about.json").read_text())
    about["fields"][0] |= field
    (store / "about.json").write_text(json.dumps(about))
    with pytest.raises(StoreError, match=r"not the description of a feature store\n  -> delete the folder"):
        FeatureStore(store)


@pytest.mark.parametrize("change", [{"at": -1}, {"at": "-1"}, {"sizes": [-2]}], ids=str)
def test_a_place_before_the_first_byte_is_not_of_an_index(store, change):
    row = json.loads((store / "index.jsonl").read_text())
    (store / "index.jsonl").write_text(json.dumps(row | change) + "\n")
    with pytest.raises(StoreError, match="not a line of a feature index"):
        FeatureStore(store)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["index.jsonl", "rows.bin"])
def test_what_is_no_file_in_the_place_of_one_is_named(tmp_path, name, place):
    PLACES[place](tmp_path / name)
    made = FeatureStore(tmp_path, [Field("grid", (2, 3), "float32")])
    with pytest.raises(StoreError, match=rf"{name}: not a file\n  -> delete the folder"), made.writing({"family": "f"}):
        pass


def vectors(tmp_path):
    path = tmp_path / "vectors.npz"
    np.savez(path, a=np.ones(3, np.float32), b=np.zeros(3, np.float32))
    return import_vectors(InputKind.GLOBAL, path, tmp_path / "cache", IMAGES, "mine")


@pytest.mark.parametrize(
    "memory",
    [
        '{"about": [], "keys": {}}',
        '{"about": {}, "keys": {"a": "x"}}',
        '{"about": {"imported": "../../x", "version": 1, "shape": [3], "dtype": "float32"}, "keys": {"a": "x"}}',
        '{"about": {"imported": "global", "version": 1, "shape": [3], "dtype": "float32"}, "keys": {"a": []}}',
        '{"about": {"imported": "global", "version": 1, "shape": "3", "dtype": "float32"}, "keys": {"a": "x"}}',
        '{"about": {"imported": "global", "version": 1, "shape": [3], "dtype": 4}, "keys": ["a"]}',
    ],
)
def test_a_damaged_memory_of_vectors_costs_only_time(tmp_path, memory):
    first = vectors(tmp_path)
    [path] = (tmp_path / "cache").glob("own-*.json")
    state = (tmp_path / "vectors.npz").stat()
    path.write_text(memory)
    os.utime(tmp_path / "vectors.npz", ns=(state.st_atime_ns, state.st_mtime_ns))
    again = import_vectors(InputKind.GLOBAL, tmp_path / "vectors.npz", tmp_path / "cache", IMAGES, "mine")
    assert (again.keys, again.fingerprint) == (first.keys, first.fingerprint)


def test_ids_that_are_no_characters_are_refused(tmp_path):
    ids = np.frombuffer(np.array([97, 0x110000], np.uint32).tobytes(), "U1")
    np.savez(tmp_path / "v.npz", ids=ids, vectors=np.ones((2, 3), np.float32))
    with pytest.raises(DataError, match="numbers that are no characters"):
        import_vectors(InputKind.GLOBAL, tmp_path / "v.npz", tmp_path / "cache", IMAGES, "mine")


def region_table(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text("".join(line(image, regions(seed), SIX) for seed, image in enumerate(sorted(IMAGES))))
    return path


@pytest.mark.parametrize("change", [{"layout": ["image_id"]}, {"width": 0}, {"width": -3}], ids=str)
def test_a_damaged_memory_of_regions_costs_only_time(tmp_path, change):
    source, [key] = region_table(tmp_path), change
    first = import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    records = [json.loads(row) for row in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row | change if key in row else row) + "\n" for row in records))
    assert import_regions(source, tmp_path / "cache", IMAGES).fingerprint == first.fingerprint


@pytest.mark.parametrize("number", [-1, 2**70, "1", 1.5])
def test_places_that_no_file_has_are_as_good_as_absent(tmp_path, number):
    source = region_table(tmp_path)
    first = import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    records = [json.loads(row) for row in path.read_text().splitlines()]
    for record in records:
        if "lines" in record:
            record["lines"][0][1] = number
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert import_regions(source, tmp_path / "cache", IMAGES).fingerprint == first.fingerprint


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_in_the_place_of_a_memory_is_named(tmp_path, place):
    source = region_table(tmp_path)
    import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    path.unlink()
    PLACES[place](path)
    with pytest.raises(StoreError, match=r"jsonl: not a file\n  -> delete it"):
        import_regions(source, tmp_path / "cache", IMAGES)


def test_regions_that_are_a_link_to_themselves_are_not_there(tmp_path):
    (tmp_path / "r.tsv").symlink_to("r.tsv")
    with pytest.raises(MissingInputError, match="no regions"):
        import_regions(tmp_path / "r.tsv", tmp_path / "cache", IMAGES)


@pytest.mark.parametrize("field", [{"etag": 5}, {"url": None}, {"size": "10"}, {"size": True}], ids=str)
def test_a_record_of_a_download_with_other_types_says_nothing(tmp_path, field):
    partial = PartialFile(tmp_path / "a.part")
    partial.begin(Version("http://a/b", '"1"', None, 10))
    assert partial.version() is not None
    record = {"url": "http://a/b", "etag": '"1"', "modified": None, "size": 10} | field
    (tmp_path / "a.part.version").write_text(json.dumps(record))
    assert partial.version() is None


@pytest.mark.parametrize("tag", ["\u2028", '"1"\r\nHost: x', " 1", "\u4eba", ""])
def test_what_cannot_be_a_header_is_no_condition(tag):
    assert Version("http://a/b", tag).condition is None
    assert Version("http://a/b", '"1"').condition == '"1"'
