"""A command computes each identity once and reads each record once; a changed record is always read again."""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest
from click.testing import CliRunner
from small_grid import job, record

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results import record_cache
from mnerbench.benchmark.results import store as store_module
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet
from mnerbench.benchmark.results.store import RunStore

# --- Counts per command ---------------------------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch):
    """Counts the hashed specs and the parsed records."""
    counter, content, parse = Counter(), RunSpec.content.fget, store_module.parse_record

    def counted_content(spec):
        counter["hashes"] += 1
        return content(spec)

    def counted_parse(text, identity):
        counter["parses"] += 1
        return parse(text, identity)

    monkeypatch.setattr(RunSpec, "content", property(counted_content))
    monkeypatch.setattr(store_module, "parse_record", counted_parse)
    return counter


def test_identities_are_computed_once_and_records_read_once_per_command(fixtures, tmp_path, calls):
    out = ["--out", str(tmp_path / "runs")]
    grid = ["--suite", "tiny", "--methods", "majority,lookup", "--baseline", "majority", "--data", str(fixtures), *out]
    grid += ["--train-tweets", "10,20,all", "--seeds", "2", "--cache", str(tmp_path / "cache")]
    first = CliRunner().invoke(cli, ["run", *grid, "--no-mlflow"], catch_exceptions=False)
    assert "10 runs: 0 done, 10 to do" in first.output
    for words, hashes in (
        (["plan", *grid], 10),
        (["plan", *grid, "--format", "json"], 10),
        (["run", *grid, "--no-mlflow"], 10),
        (["status", *out], 0),
        (["report", *out], 0),
    ):
        calls.clear()
        assert CliRunner().invoke(cli, words, catch_exceptions=False).exit_code == 0
        assert calls == Counter(hashes=hashes, parses=10), words[0]


# --- Records --------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path):
    """A results folder with one record, and the record's path."""
    store, spec = RunStore(tmp_path / "runs"), job(0).spec
    store.save_record(record(spec))
    return store, store.record_path(spec.identity)


def test_an_unchanged_record_is_parsed_once(saved):
    store, path = saved
    first = store.record(path.parent.name)
    assert store.record(path.parent.name) is first
    assert list(store.records()) == [first]


def test_a_replaced_record_is_read_again_even_with_equal_size_and_time(saved):
    store, path = saved
    before, times = store.record(path.parent.name), path.stat()
    content = path.read_text(encoding="utf-8").replace('"seconds": 10.0', '"seconds": 20.0')
    path.with_name("new").write_text(content, encoding="utf-8")
    path.with_name("new").replace(path)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    assert (before.seconds, store.record(path.parent.name).seconds) == (10.0, 20.0)


def test_an_edited_a_deleted_and_a_restored_record_are_noticed(saved):
    store, path = saved
    content = path.read_bytes()
    assert store.record(path.parent.name).status is Status.DONE
    path.write_bytes(b"{")
    assert store.record(path.parent.name) is None
    assert len(store.damage) == 1
    path.unlink()
    assert store.record(path.parent.name) is None
    path.write_bytes(content)
    assert store.record(path.parent.name).status is Status.DONE
    assert not store.damage


@pytest.mark.parametrize("of_folder", [True, False])
def test_a_link_is_checked_again_even_if_the_record_was_read_before(saved, tmp_path, of_folder):
    store, path = saved
    assert store.record(path.parent.name) is not None
    target = path.parent if of_folder else path
    shutil.move(target, tmp_path / "outside")
    target.symlink_to(tmp_path / "outside")
    assert store.record(path.parent.name) is None
    assert ["leads out of the results folder" in damage.reason for damage in store.damage] == [True]


def test_beyond_the_limit_records_are_read_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(record_cache, "_MOST", 1)
    store = RunStore(tmp_path)
    for seed in range(2):
        store.save_record(record(job(seed).spec))
    first, second = (job(seed).spec.identity for seed in range(2))
    assert store.record(first) is store.record(first)
    assert store.record(second) is not store.record(second)
    assert store.record(second) == store.record(second)


# --- Cached properties ----------------------------------------------------------------------------------------------


def test_a_copy_with_changed_fields_has_its_own_identity():
    spec = job(0).spec
    assert spec.identity == spec.model_copy().identity
    assert spec.model_copy(update={"seed": 1}).identity == job(1).spec.identity != spec.identity
    assert spec == RunSpec.model_validate_json(spec.model_dump_json())


def test_a_copy_of_a_split_description_has_its_own_words_and_digest():
    split = ScoredSplit(
        trained_on="d",
        tested_on="d",
        split="test",
        fingerprint="3",
        train_fingerprint="1",
        train_size=1,
        tweets=(ScoredTweet(id="1", words=("a",)),),
        train_entities=(),
    )
    assert split.words == (("a",),)
    changed = split.model_copy(update={"tweets": (ScoredTweet(id="1", words=("b",)),)})
    assert (changed.words, changed.digest == split.digest) == ((("b",),), False)
