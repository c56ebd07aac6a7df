"""Damaged or forged files of a feature store: a named error, and the store can be rebuilt."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mnerbench.datasets.visual.store.index import INDEX, DamagedStoreError
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row, set_aside

FIELDS = (Field("grid", (4, 3), "float16"), Field("boxes", (-1, 4), "float32"))


@pytest.fixture
def folder(tmp_path):
    """A store of three pictures."""
    store = FeatureStore(tmp_path, FIELDS)
    with store.writing({}) as writer:
        rows = {"grid": np.ones((4, 3), np.float16), "boxes": np.ones((2, 4), np.float32)}
        writer.write({name: Row(rows, {"n": 1}) for name in "abc"})
    return tmp_path


_LINES = [
    "[" * 100_000,
    '{"key":"b","at":%s,"sizes":[4,2]}' % ("9" * 5000),
    '{"key":"b","at":1e999,"sizes":[4,2]}',
    '{"key":"b","at":-64,"sizes":[4,2]}',
    '{"key":"b","at":0.5,"sizes":[4,2]}',
    '{"key":"b","at":true,"sizes":[4,2]}',
    '{"key":"b","at":0,"sizes":[4]}',
    '{"key":"b","at":0,"sizes":[4,-2]}',
    '{"key":"b","at":0,"sizes":[4,1125899906842624]}',
    '{"key":"b","at":0,"sizes":{"0":4}}',
    '{"key":"b","at":0,"sizes":"42"}',
    '{"key":["b"],"at":0,"sizes":[4,2]}',
    '{"key":"b","fault":7}',
    '{"key":"b","fault":{"a":1}}',
    '{"at":0,"sizes":[4,2]}',
    "\0" * 40,
    "null",
    '{"key":"\\ud800","at":0,"sizes":[4,2]}',
]


@pytest.mark.parametrize("line", _LINES, ids=lambda line: line[:40].replace("\0", "0"))
def test_an_invalid_line_is_rejected(folder, line):
    lines = (folder / INDEX).read_bytes().split(b"\n")
    lines[1] = line.encode()
    (folder / INDEX).write_bytes(b"\n".join(lines))
    with pytest.raises(DamagedStoreError, match=r"(?s)\n  -> delete the folder"):
        FeatureStore(folder)


_ABOUTS = [
    "[" * 100_000,
    "{}",
    '{"fields": 3}',
    '{"fields": [{"name": "grid", "shape": [4, 3], "dtype": "object"}]}',
    '{"fields": [{"name": "grid", "shape": [4, 3], "dtype": "no such"}]}',
    '{"fields": [{"name": "grid", "shape": [-4, 3], "dtype": "float16"}]}',
    '{"fields": [{"name": "grid", "shape": [4, -3], "dtype": "float16"}]}',
    '{"fields": [{"name": "grid", "shape": [4, 1e99], "dtype": "float16"}]}',
    '{"fields": [{"name": "grid", "shape": [], "dtype": "float16"}]}',
    '{"fields": [{"name": 3, "shape": [4, 3], "dtype": "float16"}]}',
]


@pytest.mark.parametrize("content", _ABOUTS, ids=lambda content: content[:60])
def test_an_invalid_description_is_rejected(folder, content):
    (folder / "about.json").write_text(content)
    with pytest.raises(DamagedStoreError, match=r"about.json: not the description of a feature store\n  -> delete"):
        FeatureStore(folder)


def test_a_damaged_store_is_set_aside_and_an_intact_one_is_not(folder):
    (folder / INDEX).write_text("no index\n")
    set_aside(folder)
    assert len(FeatureStore(folder)) == 0
    assert (folder / f"{INDEX}.damaged").read_text() == "no index\n"
    store = FeatureStore(folder, FIELDS)
    with store.writing({}) as writer:
        writer.write({"a": Row({"grid": np.ones((4, 3)), "boxes": np.ones((0, 4))})})
    set_aside(folder)  # intact now, so nothing happens
    assert len(FeatureStore(folder)) == 1


def test_invalid_facts_are_rejected(folder):
    lines = (folder / INDEX).read_bytes().split(b"\n")
    row = json.loads(lines[1])
    lines[1] = json.dumps({**row, "facts": [1]}).encode()
    (folder / INDEX).write_bytes(b"\n".join(lines))
    with pytest.raises(DamagedStoreError):
        FeatureStore(folder).facts("b")
