"""Which taggers a results folder keeps: the best seed of each method on dev, whatever is killed when."""

import threading

import pytest
from small_grid import job

from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import RunRecord, Status, StoredScore
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.results.taggers import Keep, kept_taggers, prune, series_key, superfluous


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def finish(store, seed, correct, method="m", status=Status.DONE):
    """A finished run with a tagger; `correct` of ten entities are found on dev."""
    spec = job(seed, method).spec
    counts = Counts(correct=correct, predicted=10, gold=10)
    score = {"conlleval": StoredScore(overall=counts, types={})}
    record = RunRecord(
        identity=spec.identity,
        spec=spec,
        status=status,
        started="2026-01-01",
        seconds=1.0,
        metrics={"valid": {"t": score}},
    )
    store.save_record(record)
    write_tagger(store, spec.identity)
    return spec


def write_tagger(store, identity, *, complete=True):
    folder = store.path(identity, "tagger")
    (folder / "encoder").mkdir(parents=True, exist_ok=True)
    (folder / "weights.safetensors").write_bytes(b"x" * 100)
    if complete:
        (folder / "tagger.json").write_text("{}", encoding="utf-8")


def left(store):
    return {tagger.identity for tagger in kept_taggers(store)}


def test_the_best_seed_of_each_method_stays(store):
    specs = [finish(store, seed, correct) for seed, correct in enumerate((3, 7, 7, 5))]
    other = finish(store, 0, 1, "other")
    assert len({series_key(spec) for spec in specs}) == 1
    assert series_key(other) != series_key(specs[0])
    assert superfluous(kept_taggers(store), Keep.ALL) == []
    assert {t.identity for t in superfluous(kept_taggers(store), Keep.BEST)} == {specs[n].identity for n in (0, 2, 3)}
    prune(store, Keep.BEST, other)
    assert len(left(store)) == 5
    prune(store, Keep.BEST, specs[3])
    assert left(store) == {specs[1].identity, other.identity}
    assert store.record(specs[0].identity) is not None
    prune(store, Keep.NONE)
    assert left(store) == set()


def test_only_finished_runs_count(store):
    failed = finish(store, 0, 9, status=Status.FAILED)
    good = finish(store, 1, 2)
    killed = job(2).spec
    write_tagger(store, killed.identity)
    half = job(3).spec
    write_tagger(store, half.identity, complete=False)
    prune(store, Keep.BEST, good)
    assert len(left(store)) == 4  # what is not finished is not of this method's series
    prune(store, Keep.BEST)
    assert left(store) == {good.identity}
    assert not store.path(failed.identity, "tagger").exists()


def test_a_tagger_that_is_being_written_is_left_alone(store):
    spec, locks = job(0).spec, RunLocks(store)
    assert locks.acquire(spec.identity)
    write_tagger(store, spec.identity, complete=False)
    prune(store, Keep.NONE)
    assert store.path(spec.identity, "tagger", "weights.safetensors").exists()
    locks.release(spec.identity)
    prune(store, Keep.ALL)
    assert not store.path(spec.identity, "tagger").exists()


def test_what_a_killed_deletion_leaves_is_no_tagger(store):
    spec = finish(store, 0, 5)
    better = finish(store, 1, 4)
    (store.path(spec.identity, "tagger") / "tagger.json").unlink()
    assert [t.record is not None for t in kept_taggers(store) if t.identity == spec.identity] == [False]
    prune(store, Keep.BEST)
    assert left(store) == {better.identity}


def test_a_repeated_run_drops_its_tagger_with_its_record(store):
    spec = finish(store, 0, 5)
    store.withdraw_record(spec.identity)
    assert not store.path(spec.identity, "tagger").exists()


def test_processes_prune_one_at_a_time(store):
    specs = [finish(store, seed, 9 - seed) for seed in range(6)]
    threads = [threading.Thread(target=prune, args=(RunStore(store.root), Keep.BEST, spec)) for spec in specs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left(store) == {specs[0].identity}


def test_a_link_out_of_the_folder_is_ignored(store, tmp_path):
    spec = finish(store, 0, 5)
    folder = store.path(spec.identity, "tagger")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert left(store) == set()
    prune(store, Keep.NONE)
    assert (tmp_path / "elsewhere" / "weights.safetensors").exists()
