"""Which runs are to do, and how long they take."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from small_grid import job, moved, record

from mnerbench.benchmark.planning.durations import estimate
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.resources.disk import check_store
from mnerbench.benchmark.results.locks import Claims
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import StoreError

X, Y = "0" * 16, "f" * 16  # identities of runs


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


@pytest.fixture
def four(store):
    """Done, failed, interrupted, missing."""
    jobs = [job(seed) for seed in range(4)]
    for item, status in zip(jobs, (Status.DONE, Status.FAILED, Status.INTERRUPTED), strict=False):
        store.save_record(record(item.spec, status))
    return jobs


@pytest.mark.parametrize(
    ("policy", "seeds"), [(Rerun.MISSING, [2, 3]), (Rerun.FAILED, [1, 2, 3]), (Rerun.ALL, [0, 1, 2, 3])]
)
def test_what_is_to_do(store, four, policy, seeds):
    assert [task.job.spec.seed for task in to_do(four, store, policy)] == seeds


def test_the_estimate_counts_and_uses_finished_runs_of_the_same_settings(store, four):
    found = estimate(four, store, Rerun.MISSING)
    assert (found.total, found.done, found.failed, found.to_do, found.seconds, found.unknown) == (4, 1, 1, 2, 20.0, 0)


def test_a_run_under_two_names_is_one_run(store):
    first = job(0)
    alias = Job(first.spec.model_copy(update={"method": "other"}), None)
    assert [task.job for task in to_do([first, alias], store, Rerun.MISSING)] == [first]
    assert estimate([first, alias], store, Rerun.MISSING).total == 1


def test_a_run_that_was_not_scored_on_what_is_asked_now_is_to_do(store, four):
    done = four[0]
    assert to_do([moved(done, "e")], store, Rerun.MISSING)[0].job == moved(done, "e")
    store.save_record(record(moved(done, "e", "f").spec))
    assert to_do([done, moved(done, "e"), moved(done, "f")], store, Rerun.MISSING) == []
    assert [task.job for task in to_do([moved(done, "g")], store, Rerun.MISSING)] == [moved(done, "g")]


def test_a_run_asked_for_with_two_transfers_is_scored_on_both(store):
    [task] = to_do([moved(job(7), "e"), moved(job(7), "f")], store, Rerun.MISSING)
    assert set(task.job.spec.tests) == {"test", "test@e", "test@f"}


def test_a_claim_is_held_by_one_and_free_again(store):
    ours, theirs = Claims(store), Claims(store)
    for _ in range(2):
        assert ours.take(X)
        assert not theirs.take(X)
        ours.release(X)
    assert theirs.take(X)
    assert theirs.take(Y)
    theirs.release_all()
    assert ours.take(X)
    assert ours.take(Y)
    ours.release_all()


def test_who_looks_whether_a_run_is_held_changes_nothing(store):
    ours, theirs = Claims(store), Claims(store)
    assert not theirs.is_held(X)
    assert not store.folder(X).exists()
    assert ours.take(X)
    assert theirs.is_held(X)
    assert ours.is_held(X)
    ours.release(X)
    assert not theirs.is_held(X)
    assert ours.take(X)
    ours.release_all()


def test_a_full_disk_is_one_clear_error_before_training(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(StoreError, match=r"1 MB free.*may need 500 MB\n  -> free some space"):
        check_store(tmp_path / "runs", 500_000_000)


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match=r"results folder .*runs: .*\n  -> choose another one with --out"):
        check_store(tmp_path / "runs", 0)
