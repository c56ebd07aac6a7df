"""Pending runs, time estimates, run locks and disk checks."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from small_grid import job, moved, record

from mnerbench.benchmark.planning.durations import estimate
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.resources.disk import check_store
from mnerbench.benchmark.results.locks import RunLocks
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
def test_policies_select_pending_runs(store, four, policy, seeds):
    assert [item.spec.seed for item in to_do(four, store, policy)] == seeds


def test_the_estimate_counts_and_uses_finished_runs_of_the_same_settings(store, four):
    state = estimate(four, store, Rerun.MISSING)
    assert (state.total, state.done, state.failed, state.to_do, state.seconds, state.unknown) == (4, 1, 1, 2, 20.0, 0)


def test_a_run_under_two_names_is_one_run(store):
    first = job(0)
    alias = Job(first.spec.model_copy(update={"method": "other"}), None)
    assert to_do([first, alias], store, Rerun.MISSING) == [first]
    assert estimate([first, alias], store, Rerun.MISSING).total == 1


def test_a_run_without_the_requested_transfer_scores_is_pending(store, four):
    done = four[0]
    assert to_do([moved(done, "e")], store, Rerun.MISSING) == [moved(done, "e")]
    store.save_record(record(moved(done, "e", "f").spec))
    assert to_do([done, moved(done, "e"), moved(done, "f")], store, Rerun.MISSING) == []
    assert to_do([moved(done, "g")], store, Rerun.MISSING) == [moved(done, "g")]


def test_a_run_requested_with_two_transfer_targets_is_scored_on_both(store):
    [task] = to_do([moved(job(7), "e"), moved(job(7), "f")], store, Rerun.MISSING)
    assert set(task.spec.tests) == {"test", "test@e", "test@f"}


def test_a_run_lock_has_one_holder_and_can_be_released(store):
    ours, theirs = RunLocks(store), RunLocks(store)
    for _ in range(2):
        assert ours.acquire(X)
        assert not theirs.acquire(X)
        ours.release(X)
    assert theirs.acquire(X)
    assert theirs.acquire(Y)
    theirs.release_all()
    assert ours.acquire(X)
    assert ours.acquire(Y)
    ours.release_all()


def test_checking_a_run_lock_changes_nothing(store):
    ours, theirs = RunLocks(store), RunLocks(store)
    assert not theirs.is_held(X)
    assert not store.folder(X).exists()
    assert ours.acquire(X)
    assert theirs.is_held(X)
    assert ours.is_held(X)
    ours.release(X)
    assert not theirs.is_held(X)
    assert ours.acquire(X)
    ours.release_all()


def test_a_full_disk_is_one_clear_error_before_training(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(StoreError, match=r"1 MB free.*may need 500 MB\n  -> free some space"):
        check_store(tmp_path / "runs", 500_000_000)


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match=r"results folder .*runs: .*\n  -> choose another folder with --out"):
        check_store(tmp_path / "runs", 0)


def test_a_run_without_diagnosis_is_pending_once_one_is_asked_for(store):
    whole = job(0)
    partial = Job(whole.spec.model_copy(update={"diagnosis": False}), None)
    store.save_record(record(partial.spec))
    assert to_do([partial], store, Rerun.MISSING) == []
    assert [item.spec.diagnosis for item in to_do([whole], store, Rerun.MISSING)] == [True]
    assert estimate([whole], store, Rerun.MISSING).unknown == 1  # a partial run says nothing about its time
    store.save_record(record(whole.spec))
    assert to_do([whole, partial], store, Rerun.MISSING) == []
