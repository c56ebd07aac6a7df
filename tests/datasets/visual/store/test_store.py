"""The feature store: written rows are readable, also after a kill, with concurrent writers, and in another process."""

import json
import multiprocessing
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

FIELDS = (Field("grid", (4, 3), "float16"), Field("boxes", (-1, 4), "float32"), Field("labels", (-1,), "int64"))


def row(seed):
    random = np.random.default_rng(seed)
    count = seed % 4
    arrays = {
        "grid": random.normal(size=(4, 3)).astype(np.float16),
        "boxes": random.normal(size=(count, 4)).astype(np.float32),
        "labels": random.integers(0, 9, count),
    }
    return Row(arrays, {"size": [seed, 2]})


def fill(folder, seeds):
    store = FeatureStore(folder, FIELDS)
    with store.writing({"what": "made"}) as writer:
        for seed in seeds:
            if str(seed) not in store:
                writer.write({str(seed): row(seed)})
    return store


def assert_holds(store, seeds):
    for seed in seeds:
        for name, array in row(seed).arrays.items():
            np.testing.assert_array_equal(store.array(str(seed), name), array)
        assert store.facts(str(seed)) == {"size": [seed, 2]}


def test_round_trip_in_this_and_in_a_new_reader(tmp_path):
    store = fill(tmp_path / "s", range(12))
    reader = FeatureStore(tmp_path / "s")
    assert reader.fields == FIELDS
    for opened in (store, reader, pickle.loads(pickle.dumps(reader))):
        assert len(opened) == 12
        assert_holds(opened, range(12))
    assert reader.sizes("3") == (4, 3, 3)
    assert json.loads((tmp_path / "s" / "about.json").read_text())["source"] == {"what": "made"}


def test_a_bad_picture_is_stored_with_its_reason(tmp_path):
    store = FeatureStore(tmp_path, FIELDS)
    with store.writing({}) as writer:
        writer.write({"a": "truncated", "b": row(1)})
    reader = FeatureStore(tmp_path)
    assert (reader.fault("a"), reader.fault("b")) == ("truncated", None)


def test_pictures_without_any_region_have_empty_arrays(tmp_path):
    fields = (Field("boxes", (-1, 4), "float32"), Field("labels", (-1,), "int64"))
    store = FeatureStore(tmp_path, fields)
    with store.writing({}) as writer:
        writer.write({"a": Row({"boxes": np.zeros((0, 4)), "labels": np.zeros(0)})})
    assert FeatureStore(tmp_path).array("a", "boxes").shape == (0, 4)


def test_an_empty_store_is_empty(tmp_path):
    assert len(FeatureStore(tmp_path / "nothing")) == 0


@pytest.mark.parametrize("cut", [1, 7, 30])
def test_what_a_killed_writer_left_is_truncated(tmp_path, cut):
    fill(tmp_path, range(5))
    whole = (tmp_path / "index.jsonl").read_bytes()
    (tmp_path / "index.jsonl").write_bytes(whole[:-cut])
    with (tmp_path / "rows.bin").open("ab") as stream:
        stream.write(b"half a row")
    reader = FeatureStore(tmp_path)
    assert len(reader) == 4
    assert_holds(reader, range(4))
    assert_holds(fill(tmp_path, range(7)), range(7))
    assert_holds(FeatureStore(tmp_path), range(7))


def test_a_sigkill_loses_no_row_whose_write_returned(tmp_path):
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_store import FIELDS, row
from mnerbench.datasets.visual.store.store import FeatureStore
store = FeatureStore(__import__("pathlib").Path({str(tmp_path)!r}), FIELDS)
with store.writing({{}}) as writer:
    for seed in range(100):
        writer.write({{str(seed): row(seed)}})
        if seed == 40:
            os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    assert_holds(FeatureStore(tmp_path), range(41))
    assert len(FeatureStore(tmp_path)) == 41


def test_concurrent_processes_write_every_row_once(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=fill, args=(tmp_path, range(60))) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert_holds(FeatureStore(tmp_path), range(60))
    keys = [json.loads(line)["key"] for line in (tmp_path / "index.jsonl").read_text().splitlines()]
    assert len(keys) == len(set(keys)) == 60


def test_a_reader_sees_added_rows(tmp_path):
    fill(tmp_path, range(2))
    reader = FeatureStore(tmp_path)
    assert_holds(reader, range(2))
    fill(tmp_path, range(9))
    reader.refresh()
    assert_holds(reader, range(9))


@pytest.mark.parametrize("number", [np.inf, np.nan, 1e6])  # the last is infinite in float16
def test_values_that_are_not_finite_make_a_bad_picture_and_do_not_affect_others(tmp_path, number):
    store = FeatureStore(tmp_path, FIELDS)
    with store.writing({}) as writer, np.errstate(over="ignore"):
        writer.write({"0": row(0), "x": Row({**row(1).arrays, "grid": np.full((4, 3), number)}), "1": row(1)})
    assert store.fault("x") == "grid hold numbers that are not finite in float16; dtype=float32 can hold more"
    for opened in (store, FeatureStore(tmp_path)):
        assert len(opened) == 3
        assert_holds(opened, range(2))
    assert_holds(fill(tmp_path, range(5)), range(5))


@pytest.mark.parametrize("shape", [(5, 3), (4, 2)])
def test_an_array_of_another_shape_raises_and_leaves_the_store_intact(tmp_path, shape):
    fill(tmp_path, range(3))
    store = FeatureStore(tmp_path, FIELDS)
    with pytest.raises(ValueError, match="grid of x has shape"), store.writing({}) as writer:
        writer.write({"4": row(4), "x": Row({**row(1).arrays, "grid": np.zeros(shape)})})
    assert_holds(fill(tmp_path, range(5)), range(5))


@pytest.mark.parametrize("cut", [0, 1, 300])
def test_truncated_rows_are_an_error_and_never_zeros(tmp_path, cut):
    fill(tmp_path, range(5))
    opened = FeatureStore(tmp_path)
    rows = tmp_path / "rows.bin"
    rows.write_bytes(rows.read_bytes()[:-cut] if cut else b"")
    size = rows.stat().st_size
    with pytest.raises(StoreError, match=r"rows.bin: .*cut off.*\n  -> delete the folder"):
        FeatureStore(tmp_path)
    with pytest.raises(StoreError, match="cut off"), opened.writing({}):
        pass
    assert rows.stat().st_size == size


def test_a_store_opened_empty_reads_its_fields_on_refresh(tmp_path):
    reader = FeatureStore(tmp_path)
    fill(tmp_path, range(3))
    reader.refresh()
    assert reader.fields == FIELDS
    assert_holds(reader, range(3))


def test_an_index_changed_while_open_is_a_store_error(tmp_path):
    fill(tmp_path, range(3))
    reader = FeatureStore(tmp_path)
    lines = (tmp_path / "index.jsonl").read_bytes().splitlines(keepends=True)
    for changed in (lines[1] + lines[0] + lines[2], lines[0] * 3, b"[" * 400):
        (tmp_path / "index.jsonl").write_bytes(changed)
        with pytest.raises(StoreError, match="not a line of a feature index"):
            reader.facts("1")


@pytest.mark.parametrize("name", ["index.jsonl", "about.json"])
def test_a_foreign_file_is_a_store_error(tmp_path, name):
    fill(tmp_path, range(2))
    (tmp_path / name).write_text("[1]\n")
    with pytest.raises(StoreError, match="delete the folder"):
        FeatureStore(tmp_path)
