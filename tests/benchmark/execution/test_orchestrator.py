"""The orchestrator executes each run once, also when runs fail, stall, lose their worker, or are stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scripted_executor import Scripted
from small_grid import job, record

from mnerbench.benchmark.execution import orchestrator
from mnerbench.benchmark.execution.orchestrator import MAX_WORKER_LOSSES, Orchestrator, SchedulerOptions
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import Evaluated, RunEnded, RunLost, StepsDone
from mnerbench.datasets.errors import DiskError


class Grid:
    """A grid of three runs on a scripted executor."""

    def __init__(self, store, script=(), slots=1, **options):
        self.store, self.script, self.slots = store, dict(script), slots
        self.options = SchedulerOptions(**options)
        self.jobs = [job(seed) for seed in range(3)]
        self.events = []
        self.orchestrator = Orchestrator(store, self.options, self.events.append)

    def run(self, jobs=None):
        def make_executor(listen):
            self.executor = Scripted(listen, self.script, self.slots)
            return self.executor

        pending = to_do(jobs or self.jobs, self.store, self.options.policy)
        return self.orchestrator.run(pending, make_executor)

    def states(self):
        records = [self.store.record(item.spec.identity) for item in self.jobs]
        return [item.status.value if item is not None else "missing" for item in records]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


def test_records_are_on_disk_before_listeners_receive_them(store):
    stored = []
    grid = Grid(store, slots=2, committed=lambda item: stored.append(store.record(item.identity).status))
    outcome = grid.run()
    assert stored == [Status.DONE] * 3
    assert grid.states() == ["done"] * 3
    assert list(outcome.ended.values()) == [Status.DONE] * 3
    assert grid.executor.closed


def test_a_failure_does_not_stop_the_grid(store):
    grid = Grid(store, {1: ["fails"]})
    outcome = grid.run()
    assert grid.states() == ["done", "failed", "done"]
    assert list(outcome.ended.values()) == [Status.DONE, Status.FAILED, Status.DONE]
    assert not outcome.interrupted


def test_fail_fast_starts_no_further_run_and_interrupts_active_ones(store):
    grid = Grid(store, {0: ["slow"], 1: ["fails"]}, slots=2, fail_fast=True)
    outcome = grid.run()
    assert grid.states() == ["interrupted", "failed", "missing"]
    assert sorted(item.spec.seed for item in outcome.left) == [0, 2]
    assert not outcome.interrupted


def test_an_interruption_is_recorded_and_starts_no_further_run(store):
    grid = Grid(store, {0: ["slow"]})

    def hear(event):
        if isinstance(event, StepsDone):
            grid.orchestrator.interrupt()

    grid.orchestrator = Orchestrator(store, grid.options, hear)
    outcome = grid.run()
    assert outcome.interrupted
    assert grid.states() == ["interrupted", "missing", "missing"]
    assert sorted(item.spec.seed for item in outcome.left) == [0, 1, 2]
    assert grid.executor.started == [0]


def test_the_run_of_a_lost_worker_is_repeated(store):
    grid = Grid(store, {0: ["dies", "dies"]})
    grid.run()
    assert grid.states() == ["done"] * 3
    assert grid.executor.started == [0, 0, 0, 1, 2]
    assert [type(event) for event in grid.events].count(RunLost) == 2


def test_a_run_that_loses_too_many_workers_fails(store):
    grid = Grid(store, {0: ["dies"] * 9})
    grid.run()
    assert grid.states() == ["failed", "done", "done"]
    assert grid.executor.started.count(0) == MAX_WORKER_LOSSES
    error = store.record(grid.jobs[0].spec.identity).error
    assert (error.kind, error.message) == ("WorkerLost", f"gone; {MAX_WORKER_LOSSES} times")


def test_a_run_without_progress_is_killed_and_fails(store):
    grid = Grid(store, {1: ["silent"]}, stall_timeout=0.01)
    grid.run()
    assert grid.states() == ["done", "failed", "done"]
    assert store.record(grid.jobs[1].spec.identity).error.kind == "HungRun"
    assert grid.executor.started == [0, 1, 2]


def test_evaluation_counts_as_progress(store, monkeypatch):
    """Half an hour of evaluation in small batches is no stall."""
    clock = [0.0]
    monkeypatch.setattr(orchestrator.time, "monotonic", lambda: clock[0])
    grid = Grid(store, {0: ["mute"]}, stall_timeout=10.0)
    identity = grid.jobs[0].spec.identity

    def wait(executor, seconds):
        clock[0] += 9
        done = int(clock[0])
        if done < 60:
            executor._listen(Evaluated(identity, "test, view it", done, 60))
        elif identity in executor.running:
            executor._listen(RunEnded(identity, executor.record(executor.running.pop(identity)[0], "done")))

    monkeypatch.setattr(Scripted, "wait", wait)
    assert grid.run(grid.jobs[:1]).ended == {identity: Status.DONE}


def test_a_run_that_does_not_start_is_killed_and_fails(store):
    grid = Grid(store, {1: ["mute"]}, stall_timeout=0.01, start_timeout=0.02)
    grid.run()
    assert grid.states() == ["done", "failed", "done"]
    error = store.record(grid.jobs[1].spec.identity).error
    assert (error.kind, error.message) == ("HungRun", "killed after 0 s without starting")


def test_a_run_may_take_longer_to_start_than_between_two_steps(store, monkeypatch):
    """On a cluster it may also wait for a machine, for any time."""
    for at_once, start_timeout in ((True, 600), (False, 0.0)):
        monkeypatch.setattr(Scripted, "starts_at_once", at_once)
        grid = Grid(store, {0: ["mute"]}, stall_timeout=0.0, start_timeout=start_timeout)
        rounds = []

        def wait(executor, seconds, grid=grid, rounds=rounds):
            rounds.append(seconds)
            identity = grid.jobs[0].spec.identity
            assert executor.running[identity][1] == "mute"
            if len(rounds) > 3:
                executor._listen(RunEnded(identity, executor.record(executor.running.pop(identity)[0], "done")))

        monkeypatch.setattr(Scripted, "wait", wait)
        assert grid.run(grid.jobs[:1]).ended == {grid.jobs[0].spec.identity: Status.DONE}
        (store.folder(grid.jobs[0].spec.identity) / "record.json").unlink()


def test_a_full_disk_ends_the_grid_without_failed_runs(store):
    grid = Grid(store, {0: ["full"]})
    with pytest.raises(DiskError, match="no space"):
        grid.run()
    assert grid.states() == ["interrupted", "missing", "missing"]
    assert grid.executor.closed
    assert RunLocks(store).acquire(grid.jobs[0].spec.identity)


def test_the_checkpoint_is_deleted_only_when_its_run_is_done(store):
    grid = Grid(store, {1: ["fails"]})
    for item in grid.jobs:
        folder = store.folder(item.spec.identity)
        folder.mkdir()
        (folder / CHECKPOINT).write_bytes(b"state")
        (folder / ".half.part").write_bytes(b"left by a kill")
    grid.run()
    checkpoints = [(store.folder(item.spec.identity) / CHECKPOINT).exists() for item in grid.jobs]
    assert checkpoints == [False, True, False]
    assert not list(store.root.rglob("*.part"))


def test_rerun_all_deletes_an_earlier_checkpoint_but_not_that_of_a_lost_worker(store):
    grid = Grid(store, {0: ["dies", "fails"]}, policy=Rerun.ALL)
    checkpoint = store.folder(grid.jobs[0].spec.identity) / CHECKPOINT
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"old")
    existed = []

    def prepare(item):
        existed.append(checkpoint.exists())
        checkpoint.write_bytes(b"new")
        return item

    grid.options = SchedulerOptions(policy=Rerun.ALL, prepare=prepare)
    grid.orchestrator = Orchestrator(store, grid.options, grid.events.append)
    grid.run(grid.jobs[:1])
    assert existed == [False, True]


def test_a_run_of_another_process_is_waited_for_and_not_repeated(store, monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.orchestrator._LOCK_RETRY_SECONDS", 0.0)
    grid, theirs = Grid(store), RunLocks(store)
    other = grid.jobs[0].spec
    assert theirs.acquire(other.identity)

    def hear(event):
        if isinstance(event, RunEnded) and event.record.spec.seed == 2:
            store.save_record(record(other, started="2026-02-02"))
            theirs.release(other.identity)

    grid.orchestrator = Orchestrator(store, grid.options, hear)
    outcome = grid.run()
    assert grid.executor.started == [1, 2]
    assert [item.spec.seed for item in outcome.elsewhere] == [0]


@pytest.mark.parametrize("policy", list(Rerun))
def test_a_run_that_another_process_finished_since_planning_is_not_repeated(store, policy):
    grid = Grid(store, policy=policy)
    for item in grid.jobs:
        store.save_record(record(item.spec, Status.FAILED))
    pending = to_do(grid.jobs, store, Rerun.ALL)
    for item in grid.jobs:
        store.save_record(record(item.spec, started="2026-02-02"))
    outcome = grid.orchestrator.run(pending, lambda listen: Scripted(listen, {}))
    assert outcome.elsewhere == grid.jobs
    assert outcome.ended == {}


@pytest.mark.parametrize(("policy", "state"), [(Rerun.STALE, "done"), (Rerun.ALL, "interrupted")])
def test_a_stale_record_stays_if_its_rerun_is_interrupted(store, policy, state):
    grid = Grid(store, {0: ["slow"]}, policy=policy)
    for index, item in enumerate(grid.jobs):
        store.save_record(record(item.spec).model_copy(update={"code": {"m": "old"}}))
        grid.jobs[index] = replace(item, code={"m": "new"})

    def hear(event):
        if isinstance(event, StepsDone):
            grid.orchestrator.interrupt()

    grid.orchestrator = Orchestrator(store, grid.options, hear)
    outcome = grid.run()
    assert grid.states()[0] == state
    assert [item.spec.seed for item in outcome.left] == [0, 1, 2]
    assert len(to_do(grid.jobs, store, policy)) == 3


def test_a_stale_record_is_replaced_if_its_rerun_fails(store):
    grid = Grid(store, {0: ["fails"]}, policy=Rerun.STALE)
    for index, item in enumerate(grid.jobs):
        store.save_record(record(item.spec).model_copy(update={"code": {"m": "old"}}))
        grid.jobs[index] = replace(item, code={"m": "new"})
    grid.run()
    assert grid.states() == ["failed", "done", "done"]


def test_a_run_that_another_process_finished_is_reported(tmp_path):
    """The run was planned before it had a record; the other process holds its lock, then finishes it."""
    item, other, reported = job(0), RunLocks(RunStore(tmp_path)), []
    assert other.acquire(item.spec.identity)
    others_record = record(item.spec, started="2026-05-05")

    def waiting():
        if other.is_held(item.spec.identity):
            RunStore(tmp_path).save_record(others_record)
            other.release_all()
        return False

    further = iter([to_do([item], RunStore(tmp_path), Rerun.MISSING)[0], None, None, None, None, None, None, None])
    options = SchedulerOptions(more=lambda: next(further, None), elsewhere=reported.append, waiting=waiting)
    orchestrator = Orchestrator(RunStore(tmp_path), options, lambda _: waiting())
    pending = to_do([job(1)], RunStore(tmp_path), Rerun.MISSING)
    outcome = orchestrator.run(pending, lambda listen: Scripted(listen, {}, slots=2))
    assert reported == [others_record]
    assert [other.spec for other in outcome.elsewhere] == [item.spec]
    assert list(outcome.ended) == [job(1).spec.identity]


def test_it_continues_while_other_processes_may_produce_runs(tmp_path):
    further = iter([None, None, to_do([job(0)], RunStore(tmp_path), Rerun.MISSING)[0]])
    waits = iter([True, True, False])
    options = SchedulerOptions(more=lambda: next(further, None), waiting=lambda: next(waits, False))
    outcome = Orchestrator(RunStore(tmp_path), options, lambda _: None).run((), lambda listen: Scripted(listen, {}))
    assert list(outcome.ended) == [job(0).spec.identity]
