"""A search's journal: truncated lines are dropped with a warning, and damaged lines are named."""

from __future__ import annotations

import json
import logging
import os

import pytest

from mnerbench.benchmark.tuning.journal import JOURNAL, JournalFile
from mnerbench.benchmark.tuning.storage import open_storage
from mnerbench.benchmark.tuning.study import Search
from mnerbench.datasets.errors import DiskError, StoreError
from mnerbench.methods.base.search_space import OneOf, Range

SPACE = {"a": Range(0.0, 1.0), "b": OneOf(("x", "y"))}
# An operation of a journal that sets the value of a trial's setting.
VALUE = {
    "op_code": 5,
    "trial_id": 1,
    "param_name": "a",
    "distribution": json.dumps(
        {"name": "FloatDistribution", "attributes": {"step": None, "low": 0.0, "high": 1.0, "log": False}}
    ),
}


def search(folder):
    return Search("s", open_storage(None, folder), SPACE, budget=9, seed=0, owner="me")


def journal_of_two(folder):
    """The journal of a search with a complete and a running trial."""
    opened = search(folder)
    trial, values = opened.ask()
    opened.end(trial, values["a"])
    opened.ask()
    return folder / JOURNAL


def test_a_truncated_last_line_is_dropped_with_a_warning_and_the_search_continues(tmp_path, caplog):
    path = journal_of_two(tmp_path)
    whole = path.read_bytes()
    first = whole.splitlines()[0]
    for cut in (1, 7, len(first) - 1):
        path.write_bytes(whole + first[:cut])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            states = search(tmp_path).states
        assert states == {"complete": 1, "running": 1}
        assert f"{cut} bytes of one operation are dropped" in caplog.text
        assert path.read_bytes().startswith(whole)
        assert search(tmp_path).states == states
    assert search(tmp_path).ask()[0].number == 2
    assert search(tmp_path).states == {"complete": 1, "running": 2}


def test_a_complete_line_without_line_feed_is_kept(tmp_path, caplog):
    path = journal_of_two(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with caplog.at_level(logging.WARNING):
        assert search(tmp_path).states == {"complete": 1, "running": 1}
    assert path.read_bytes().startswith(whole)
    assert not caplog.text


def test_a_line_truncated_by_another_process_does_not_damage_the_next_one(tmp_path):
    """A process is killed during a write while another has the file open."""
    path = journal_of_two(tmp_path)
    opened = search(tmp_path)
    with path.open("ab") as stream:
        stream.write(b'{"op_code":8,"worker_id":"gone","tri')
    assert opened.states == {"complete": 1, "running": 1}  # reading drops nothing: the write may be in progress
    assert opened.ask()[0].number == 2
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert search(tmp_path).states == {"complete": 1, "running": 2}


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage",
        b"",
        b"\x00\x00",
        b"[" * 100_000,
        b"9" * 5000,
        b"[]",
        b'{"op_code":99,"worker_id":"x"}',
        b'{"op_code":4}',
        b'{"op_code":"4"}',
        b'{"op_code":4,"worker_id":"x","study_id":0,"datetime_start":"yesterday"}',
        b'{"op_code":0,"worker_id":"x","study_name":"t","directions":[7]}',
        b'{"op_code":5,"worker_id":"x","trial_id":1,"param_name":"a","param_value_internal":1,"distribution":"?"}',
        '{"op_code":"\u202e\x1b[2J"}'.encode(),
    ],
)
def test_a_damaged_line_is_named_with_a_remedy(tmp_path, garbage):
    path = journal_of_two(tmp_path)
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines, garbage, lines[-1], b""]))
    with pytest.raises(StoreError, match=rf"journal.log:{len(lines) + 1}: .*\n  -> move the file away") as error:
        search(tmp_path)
    assert len(str(error.value)) < 1000
    assert "\x1b" not in str(error.value)
    path.rename(tmp_path / "away")  # the remedy
    assert search(tmp_path).ask()[0].number == 0


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"op_code": 7, "trial_id": 1, "step": 1, "intermediate_value": "high"}, "its dev F1 is not a number"),
        ({"op_code": 7, "trial_id": 1, "step": "one", "intermediate_value": 0.5}, "its epochs are not numbers"),
        (
            {
                "op_code": 5,
                "trial_id": 1,
                "param_name": "c",
                "param_value_internal": 0.5,
                "distribution": '{"name": "FloatDistribution", "attributes": {"low": 0, "high": 9, "step": null}}',
            },
            "its setting c is of another search space",
        ),
        ({"op_code": 2, "study_id": 0, "user_attr": {"mnerbench.space": [1]}}, "its search space is damaged"),
        ({**VALUE, "param_value_internal": "high"}, "its setting a has a value outside the search space"),
        ({**VALUE, "param_value_internal": 7.0}, "its setting a has a value outside the search space"),
    ],
)
def test_invalid_operations_are_named(tmp_path, operation, reason):
    path = journal_of_two(tmp_path)
    with path.open("ab") as stream:
        stream.write(json.dumps({"worker_id": "x", **operation}).encode() + b"\n")
    with pytest.raises(StoreError, match=reason):
        search(tmp_path)


@pytest.mark.parametrize(
    ("notes", "reason"),
    [
        ({"user_attrs": 4}, "its notes are damaged"),
        ({"system_attrs": [1]}, "its notes are damaged"),
        ({"system_attrs": {"constraints": "x"}}, "it has constraints, which no search has"),
        ({"system_attrs": {"fixed_params": None}}, "its proposed settings are damaged"),
        ({"system_attrs": {"fixed_params": {"a": "high"}}}, "its setting a has a proposed value outside"),
        ({"system_attrs": {"tpe:relative_params:0": {"a": 1}}}, "its proposed settings are damaged"),
        ({"system_attrs": {"tpe:relative_params:0": "1.5"}}, "its proposed settings are damaged"),
        (
            {"system_attrs": {"tpe:relative_params:0": '{"a"', "tpe:relative_params:1": ": [1]}"}},
            "its setting a has a p",
        ),
        ({"system_attrs": {"tpe:relative_params:0": '{"a": NaN}'}}, "its proposed settings are damaged"),
        ({"intermediate_values": {"1": 10**400}}, "its dev F1 is not a number"),
    ],
)
def test_a_trial_with_invalid_notes_is_named(tmp_path, notes, reason):
    path = journal_of_two(tmp_path)
    trial = {"op_code": 4, "worker_id": "x", "study_id": 0, "datetime_start": None, "state": 4, "value": None}
    whole = {
        **trial,
        "params": {},
        "distributions": {},
        "user_attrs": {},
        "system_attrs": {},
        "intermediate_values": {},
    }
    with path.open("ab") as stream:
        stream.write(json.dumps({**whole, **notes}).encode() + b"\n")
    with pytest.raises(StoreError, match=f"trial 2: {reason}"):
        search(tmp_path)


@pytest.mark.parametrize("directions", [[], [1], [2, 2]])
def test_a_study_that_does_not_maximise_is_named(tmp_path, directions):
    path = journal_of_two(tmp_path)
    first, rest = path.read_bytes().split(b"\n", 1)
    operation = {**json.loads(first), "directions": directions}
    path.write_bytes(json.dumps(operation).encode() + b"\n" + rest)
    with pytest.raises(StoreError, match="does not maximise one value\n  -> another --out"):
        search(tmp_path)


def test_a_journal_behind_a_link_a_folder_or_a_fifo_is_refused(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.write_bytes(b"precious, and no line")
    (inside / JOURNAL).symlink_to(outside)
    with pytest.raises(StoreError, match="leads out of"):
        open_storage(None, inside)
    assert outside.read_bytes() == b"precious, and no line"
    (inside / JOURNAL).unlink()
    os.mkfifo(inside / JOURNAL)
    with pytest.raises(StoreError, match="not a regular file"):
        open_storage(None, inside)
    (inside / JOURNAL).unlink()
    (inside / JOURNAL).mkdir()
    with pytest.raises(StoreError, match="not a regular file"):
        open_storage(None, inside)


def test_a_full_disk_leaves_no_truncated_line(tmp_path, monkeypatch):
    path = journal_of_two(tmp_path)
    whole, journal = path.read_bytes(), JournalFile(tmp_path)
    write = os.write

    def fill_disk(descriptor, content):
        if len(content) > 5:
            return write(descriptor, content[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnerbench.benchmark.tuning.journal.os.write", fill_disk)
    with pytest.raises(DiskError, match=r"journal.log: cannot be written .*\n  -> free some space"):
        journal.append_logs([{"op_code": 1, "worker_id": "x" * 6}])
    assert path.read_bytes() == whole
