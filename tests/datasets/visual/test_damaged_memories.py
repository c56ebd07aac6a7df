"""Damaged caches and sources found by `tox -e fuzz`: a named error or a rebuild, never a traceback."""

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
MAKERS = {"folder": Path.mkdir, "fifo": os.mkfifo, "link to itself": lambda path: path.symlink_to(path)}


@pytest.fixture
def store(tmp_path):
    """A folder with one row."""
    opened = FeatureStore(tmp_path / "store", [Field("grid", (2, 3), "float32")])
    with opened.writing({"family": "f"}) as writer:
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
def test_a_store_with_an_invalid_field_is_rejected(store, field):
    about = json.loads((store / "about.json").read_text())
    about["fields"][0] |= field
    (store / "about.json").write_text(json.dumps(about))
    with pytest.raises(StoreError, match=r"not the description of a feature store\n  -> delete the folder"):
        FeatureStore(store)


@pytest.mark.parametrize("change", [{"at": -1}, {"at": "-1"}, {"sizes": [-2]}], ids=str)
def test_a_negative_offset_is_rejected(store, change):
    row = json.loads((store / "index.jsonl").read_text())
    (store / "index.jsonl").write_text(json.dumps(row | change) + "\n")
    with pytest.raises(StoreError, match="not a line of a feature index"):
        FeatureStore(store)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", ["index.jsonl", "rows.bin"])
def test_a_store_file_that_is_not_a_file_is_named(tmp_path, name, kind):
    MAKERS[kind](tmp_path / name)
    store = FeatureStore(tmp_path, [Field("grid", (2, 3), "float32")])
    match = rf"{name}: not a file\n  -> delete the folder"
    with pytest.raises(StoreError, match=match), store.writing({"family": "f"}):
        pass


def vectors(tmp_path):
    path = tmp_path / "vectors.npz"
    np.savez(path, a=np.ones(3, np.float32), b=np.zeros(3, np.float32))
    return import_vectors(InputKind.GLOBAL, path, tmp_path / "cache", IMAGES, "mine")


@pytest.mark.parametrize(
    "content",
    [
        '{"about": [], "keys": {}}',
        '{"about": {}, "keys": {"a": "x"}}',
        '{"about": {"imported": "../../x", "version": 1, "shape": [3], "dtype": "float32"}, "keys": {"a": "x"}}',
        '{"about": {"imported": "global", "version": 1, "shape": [3], "dtype": "float32"}, "keys": {"a": []}}',
        '{"about": {"imported": "global", "version": 1, "shape": "3", "dtype": "float32"}, "keys": {"a": "x"}}',
        '{"about": {"imported": "global", "version": 1, "shape": [3], "dtype": 4}, "keys": ["a"]}',
    ],
)
def test_a_damaged_cache_of_vectors_is_rebuilt(tmp_path, content):
    first = vectors(tmp_path)
    [path] = (tmp_path / "cache").glob("own-*.json")
    state = (tmp_path / "vectors.npz").stat()
    path.write_text(content)
    os.utime(tmp_path / "vectors.npz", ns=(state.st_atime_ns, state.st_mtime_ns))
    second = import_vectors(InputKind.GLOBAL, tmp_path / "vectors.npz", tmp_path / "cache", IMAGES, "mine")
    assert (second.keys, second.fingerprint) == (first.keys, first.fingerprint)


def test_ids_with_invalid_code_points_are_rejected(tmp_path):
    ids = np.frombuffer(np.array([97, 0x110000], np.uint32).tobytes(), "U1")
    np.savez(tmp_path / "v.npz", ids=ids, vectors=np.ones((2, 3), np.float32))
    with pytest.raises(DataError, match="invalid Unicode code points"):
        import_vectors(InputKind.GLOBAL, tmp_path / "v.npz", tmp_path / "cache", IMAGES, "mine")


def region_table(tmp_path):
    path = tmp_path / "r.tsv"
    path.write_text("".join(line(image, regions(seed), SIX) for seed, image in enumerate(sorted(IMAGES))))
    return path


@pytest.mark.parametrize("change", [{"layout": ["image_id"]}, {"width": 0}, {"width": -3}], ids=str)
def test_a_damaged_cache_of_regions_is_rebuilt(tmp_path, change):
    source, [key] = region_table(tmp_path), change
    first = import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    records = [json.loads(row) for row in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row | change if key in row else row) + "\n" for row in records))
    assert import_regions(source, tmp_path / "cache", IMAGES).fingerprint == first.fingerprint


@pytest.mark.parametrize("number", [-1, 2**70, "1", 1.5])
def test_cached_offsets_that_are_impossible_are_ignored(tmp_path, number):
    source = region_table(tmp_path)
    first = import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    records = [json.loads(row) for row in path.read_text().splitlines()]
    for record in records:
        if "lines" in record:
            record["lines"][0][1] = number
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert import_regions(source, tmp_path / "cache", IMAGES).fingerprint == first.fingerprint


@pytest.mark.parametrize("kind", MAKERS)
def test_a_cache_that_is_not_a_file_is_named(tmp_path, kind):
    source = region_table(tmp_path)
    import_regions(source, tmp_path / "cache", IMAGES)
    [path] = (tmp_path / "cache").glob("regions-*.jsonl")
    path.unlink()
    MAKERS[kind](path)
    with pytest.raises(StoreError, match=r"jsonl: not a file\n  -> delete it"):
        import_regions(source, tmp_path / "cache", IMAGES)


def test_a_circular_link_counts_as_missing_regions(tmp_path):
    (tmp_path / "r.tsv").symlink_to("r.tsv")
    with pytest.raises(MissingInputError, match="no regions"):
        import_regions(tmp_path / "r.tsv", tmp_path / "cache", IMAGES)


@pytest.mark.parametrize("field", [{"etag": 5}, {"url": None}, {"size": "10"}, {"size": True}], ids=str)
def test_a_download_record_with_wrong_types_is_ignored(tmp_path, field):
    partial = PartialFile(tmp_path / "a.part")
    partial.begin(Version("http://a/b", '"1"', None, 10))
    assert partial.version() is not None
    record = {"url": "http://a/b", "etag": '"1"', "modified": None, "size": 10} | field
    (tmp_path / "a.part.version").write_text(json.dumps(record))
    assert partial.version() is None


@pytest.mark.parametrize("tag", ["\u2028", '"1"\r\nHost: x', " 1", "\u4eba", ""])
def test_an_etag_that_cannot_be_a_header_gives_no_condition(tag):
    assert Version("http://a/b", tag).condition is None
    assert Version("http://a/b", '"1"').condition == '"1"'
