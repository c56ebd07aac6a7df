"""Which runs are to do, that each is done once, and what happens when one fails."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from mnerbench.benchmark.job import Job
from mnerbench.benchmark.orchestrator import Rerun, Task, check_store, claim, estimate, run_tasks, to_do
from mnerbench.benchmark.records import RunRecord, RunStore, Status
from mnerbench.benchmark.spec import DatasetRef, RunSpec
from mnerbench.datasets.errors import StoreError


def job(seed):
    data = DatasetRef(name="d", fingerprints={"train": "1", "valid": "2", "test": "3"})
    spec = RunSpec(
        method="m", family="m", config={}, dataset=data, encoder=None, training=None, protocol="equal", seed=seed
    )
    return Job(spec, None)


def record(spec, status=Status.DONE, started="2026-01-01", seconds=10.0):
    return RunRecord(identity=spec.identity, spec=spec, status=status, started=started, seconds=seconds)


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


def test_a_failure_does_not_stop_the_grid_but_fail_fast_does(store):
    jobs = [job(seed) for seed in range(3)]

    def run_one(item):
        return record(item.spec, Status.FAILED if item.spec.seed == 1 else Status.DONE)

    outcome = run_tasks(to_do(jobs, store, Rerun.MISSING), store, Rerun.MISSING, run_one, fail_fast=False)
    assert [r.status.value for r in outcome.records] == ["done", "failed", "done"]
    assert len(outcome.failed) == 1
    fast = run_tasks(to_do(jobs, store, Rerun.MISSING), store, Rerun.MISSING, run_one, fail_fast=True)
    assert [item.spec.seed for item in fast.left] == [2]


def test_a_run_that_another_process_does_is_waited_for_and_not_done_again(store):
    jobs, done, waits = [job(0), job(1)], [], []
    elsewhere = claim(store, jobs[0].spec.identity)
    assert elsewhere.__enter__()

    def wait(_):
        """The other process finishes while we wait."""
        waits.append(1)
        store.save_record(record(jobs[0].spec, started="2026-02-02"))
        elsewhere.__exit__(None, None, None)

    def run_one(item):
        done.append(item.spec.seed)
        return record(item.spec)

    outcome = run_tasks(to_do(jobs, store, Rerun.MISSING), store, Rerun.MISSING, run_one, fail_fast=False, wait=wait)
    assert done == [1]
    assert [item.spec.seed for item in outcome.elsewhere] == [0]
    assert len(waits) == 1


@pytest.mark.parametrize("policy", list(Rerun))
def test_a_run_that_another_process_ended_since_the_plan_is_not_done_again(store, policy):
    jobs = [job(0)]
    store.save_record(record(jobs[0].spec, Status.FAILED))
    tasks = to_do(jobs, store, Rerun.ALL)
    store.save_record(record(jobs[0].spec, started="2026-02-02"))
    outcome = run_tasks(tasks, store, policy, lambda item: pytest.fail("done twice"), fail_fast=False)
    assert outcome.elsewhere == jobs


def test_a_run_under_two_names_is_one_run(store):
    first = job(0)
    alias = Job(first.spec.model_copy(update={"method": "other"}), None)
    assert [task.job for task in to_do([first, alias], store, Rerun.MISSING)] == [first]
    assert estimate([first, alias], store, Rerun.MISSING).total == 1


def test_the_lock_is_free_again_after_a_run(store):
    for _ in range(2):
        with claim(store, "x") as ours:
            assert ours
            with claim(store, "x") as second:
                assert not second


def test_rerun_all_forgets_the_checkpoint(store):
    item = job(0)
    store.folder(item.spec.identity).mkdir(parents=True)
    left = store.folder(item.spec.identity) / "checkpoint.pt"
    left.write_bytes(b"old")
    run_tasks([Task(item, None)], store, Rerun.MISSING, lambda i: record(i.spec), fail_fast=False)
    assert left.exists()
    run_tasks([Task(item, None)], store, Rerun.ALL, lambda i: record(i.spec), fail_fast=False)
    assert not left.exists()


def test_a_full_disk_is_one_clear_error_before_training(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(StoreError, match=r"1 MB free.*may need 500 MB\n  -> free some space"):
        check_store(tmp_path / "runs", 500_000_000)


def test_a_folder_that_is_a_file_is_one_clear_error(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StoreError, match=r"results folder .*runs: .*\n  -> choose another one with --out"):
        check_store(tmp_path / "runs", 0)


def moved(item, *others):
    """The job, scored on other datasets too."""
    refs = [DatasetRef(name=name, fingerprints={"test": name}) for name in others]
    return Job(item.spec.also_on(refs), None)


def test_a_run_that_was_not_scored_on_what_is_asked_now_is_to_do(store, four):
    done = four[0]
    assert to_do([moved(done, "e")], store, Rerun.MISSING)[0].job == moved(done, "e")
    store.save_record(record(moved(done, "e", "f").spec))
    assert to_do([done, moved(done, "e"), moved(done, "f")], store, Rerun.MISSING) == []
    assert [task.job for task in to_do([moved(done, "g")], store, Rerun.MISSING)] == [moved(done, "g")]


def test_a_run_asked_for_with_two_transfers_is_scored_on_both(store):
    [task] = to_do([moved(job(7), "e"), moved(job(7), "f")], store, Rerun.MISSING)
    assert set(task.job.spec.tests) == {"test", "test@e", "test@f"}
