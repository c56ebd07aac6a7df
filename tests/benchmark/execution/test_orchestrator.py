"""That each run is done once, and what happens when one fails, hangs, loses its worker, or is asked to end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_grid import job, record

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.orchestrator import DEATHS, Orchestrator, SchedulerOptions
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.results.locks import RunLocks
from mnerbench.benchmark.results.record import RunError, Status
from mnerbench.benchmark.results.store import CHECKPOINT, RunStore
from mnerbench.benchmark.training.events import RunEnded, RunLost, StepsDone
from mnerbench.datasets.errors import DiskError


class Scripted(Executor):
    """Does runs as a script says: per seed, what happens at each try; done by default.

    `silent` never ends by itself, `dies` loses its worker, `slow` works until it is asked to end.
    """

    def __init__(self, listen, script, slots=1):
        super().__init__(listen)
        self.script = {seed: list(tries) for seed, tries in script.items()}
        self.slots, self.running, self.started, self.stopped, self.closed = slots, {}, [], [], False
        self.spoke = set()

    @property
    def free(self):
        return self.slots - len(self.running)

    def start(self, item):
        tries = self.script.get(item.spec.seed)
        self.running[item.spec.identity] = (item, tries.pop(0) if tries else "done")
        self.started.append(item.spec.seed)

    def wait(self, seconds):
        for identity, (item, fate) in list(self.running.items()):
            if fate == "silent":
                if identity not in self.spoke:
                    self.spoke.add(identity)
                    self._listen(StepsDone(identity))
                continue
            if fate == "slow" and identity not in self.stopped:
                self._listen(StepsDone(identity, 1))
                continue
            del self.running[identity]
            self._listen(RunLost(identity, "gone") if fate == "dies" else RunEnded(identity, self.ended(item, fate)))

    @staticmethod
    def ended(item, fate):
        if fate == "full":
            error = RunError(kind="DiskError", message="no space", traceback="")
            return record(item.spec, Status.INTERRUPTED, error=error)
        return record(item.spec, {"done": Status.DONE, "fails": Status.FAILED, "slow": Status.INTERRUPTED}[fate])

    def stop(self, identity):
        self.stopped.append(identity)

    def kill(self, identity):
        del self.running[identity]
        self._listen(RunLost(identity, "killed"))

    def close(self):
        self.closed = True


class Grid:
    """A grid of three runs, and what became of it."""

    def __init__(self, store, script=(), slots=1, **manners):
        self.store, self.script, self.slots = store, dict(script), slots
        self.manners = SchedulerOptions(**manners)
        self.jobs = [job(seed) for seed in range(3)]
        self.heard = []
        self.orchestrator = Orchestrator(store, self.manners, self.hear)

    def hear(self, event):
        self.heard.append(event)

    def run(self, jobs=None):
        def employ(listen):
            self.executor = Scripted(listen, self.script, self.slots)
            return self.executor

        tasks = to_do(jobs or self.jobs, self.store, self.manners.policy)
        return self.orchestrator.run(tasks, employ)

    def states(self):
        found = [self.store.record(item.spec.identity) for item in self.jobs]
        return [one.status.value if one is not None else "missing" for one in found]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path)


def test_records_are_on_disk_before_anybody_hears_of_them(store):
    seen = []
    grid = Grid(store, slots=2, committed=lambda one: seen.append(store.record(one.identity).status))
    outcome = grid.run()
    assert seen == [Status.DONE] * 3
    assert grid.states() == ["done"] * 3
    assert list(outcome.ended.values()) == [Status.DONE] * 3
    assert grid.executor.closed


def test_a_failure_does_not_stop_the_grid(store):
    grid = Grid(store, {1: ["fails"]})
    outcome = grid.run()
    assert grid.states() == ["done", "failed", "done"]
    assert list(outcome.ended.values()) == [Status.DONE, Status.FAILED, Status.DONE]
    assert not outcome.interrupted


def test_fail_fast_starts_nothing_more_and_interrupts_what_runs(store):
    grid = Grid(store, {0: ["slow"], 1: ["fails"]}, slots=2, fail_fast=True)
    outcome = grid.run()
    assert grid.states() == ["interrupted", "failed", "missing"]
    assert sorted(item.spec.seed for item in outcome.left) == [0, 2]
    assert not outcome.interrupted


def test_an_interruption_is_recorded_and_starts_nothing_more(store):
    grid = Grid(store, {0: ["slow"]})

    def hear(event):
        if isinstance(event, StepsDone):
            grid.orchestrator.interrupt()

    grid.orchestrator = Orchestrator(store, grid.manners, hear)
    outcome = grid.run()
    assert outcome.interrupted
    assert grid.states() == ["interrupted", "missing", "missing"]
    assert sorted(item.spec.seed for item in outcome.left) == [0, 1, 2]
    assert grid.executor.started == [0]


def test_a_lost_worker_costs_a_try_and_not_the_run(store):
    grid = Grid(store, {0: ["dies", "dies"]})
    grid.run()
    assert grid.states() == ["done"] * 3
    assert grid.executor.started == [0, 0, 0, 1, 2]
    assert [type(event) for event in grid.heard].count(RunLost) == 2


def test_a_run_that_kills_its_workers_fails(store):
    grid = Grid(store, {0: ["dies"] * 9})
    grid.run()
    assert grid.states() == ["failed", "done", "done"]
    assert grid.executor.started.count(0) == DEATHS
    error = store.record(grid.jobs[0].spec.identity).error
    assert (error.kind, error.message) == ("WorkerLost", f"gone; {DEATHS} times")


def test_a_silent_run_is_ended_and_fails(store):
    grid = Grid(store, {1: ["silent"]}, patience=0.01)
    grid.run()
    assert grid.states() == ["done", "failed", "done"]
    assert store.record(grid.jobs[1].spec.identity).error.kind == "HungRun"
    assert grid.executor.started == [0, 1, 2]


def test_a_full_disk_ends_the_grid_and_fails_no_run(store):
    grid = Grid(store, {0: ["full"]})
    with pytest.raises(DiskError, match="no space"):
        grid.run()
    assert grid.states() == ["interrupted", "missing", "missing"]
    assert grid.executor.closed
    assert RunLocks(store).acquire(grid.jobs[0].spec.identity)


def test_a_checkpoint_goes_when_its_run_is_done_and_stays_otherwise(store):
    grid = Grid(store, {1: ["fails"]})
    for item in grid.jobs:
        folder = store.folder(item.spec.identity)
        folder.mkdir()
        (folder / CHECKPOINT).write_bytes(b"state")
        (folder / ".half.part").write_bytes(b"left by a kill")
    grid.run()
    kept = [(store.folder(item.spec.identity) / CHECKPOINT).exists() for item in grid.jobs]
    assert kept == [False, True, False]
    assert not list(store.root.rglob("*.part"))


def test_rerun_all_forgets_the_checkpoint_but_not_that_of_its_own_lost_worker(store):
    grid = Grid(store, {0: ["dies", "fails"]}, policy=Rerun.ALL)
    place = store.folder(grid.jobs[0].spec.identity) / CHECKPOINT
    place.parent.mkdir()
    place.write_bytes(b"old")
    seen = []

    def prepare(item):
        seen.append(place.exists())
        place.write_bytes(b"new")
        return item

    grid.manners = SchedulerOptions(policy=Rerun.ALL, prepare=prepare)
    grid.orchestrator = Orchestrator(store, grid.manners, grid.hear)
    grid.run(grid.jobs[:1])
    assert seen == [False, True]


def test_a_run_that_another_process_does_is_waited_for_and_not_done_again(store, monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.orchestrator._AGAIN", 0.0)
    grid, theirs = Grid(store), RunLocks(store)
    other = grid.jobs[0].spec
    assert theirs.acquire(other.identity)

    def hear(event):
        if isinstance(event, RunEnded) and event.record.spec.seed == 2:
            store.save_record(record(other, started="2026-02-02"))
            theirs.release(other.identity)

    grid.orchestrator = Orchestrator(store, grid.manners, hear)
    outcome = grid.run()
    assert grid.executor.started == [1, 2]
    assert [item.spec.seed for item in outcome.elsewhere] == [0]


@pytest.mark.parametrize("policy", list(Rerun))
def test_a_run_that_another_process_ended_since_the_plan_is_not_done_again(store, policy):
    grid = Grid(store, policy=policy)
    for item in grid.jobs:
        store.save_record(record(item.spec, Status.FAILED))
    tasks = to_do(grid.jobs, store, Rerun.ALL)
    for item in grid.jobs:
        store.save_record(record(item.spec, started="2026-02-02"))
    outcome = grid.orchestrator.run(tasks, lambda listen: Scripted(listen, {}))
    assert outcome.elsewhere == grid.jobs
    assert outcome.ended == {}


@pytest.mark.parametrize(("policy", "kept"), [(Rerun.STALE, "done"), (Rerun.ALL, "interrupted")])
def test_a_stale_score_stays_when_the_run_that_is_to_replace_it_is_interrupted(store, policy, kept):
    grid = Grid(store, {0: ["slow"]}, policy=policy)
    for place, item in enumerate(grid.jobs):
        store.save_record(record(item.spec).model_copy(update={"code": {"m": "old"}}))
        grid.jobs[place] = replace(item, code={"m": "new"})

    def hear(event):
        if isinstance(event, StepsDone):
            grid.orchestrator.interrupt()

    grid.orchestrator = Orchestrator(store, grid.manners, hear)
    outcome = grid.run()
    assert grid.states()[0] == kept
    assert [item.spec.seed for item in outcome.left] == [0, 1, 2]
    assert len(to_do(grid.jobs, store, policy)) == 3


def test_a_stale_score_goes_when_the_run_that_is_to_replace_it_fails(store):
    grid = Grid(store, {0: ["fails"]}, policy=Rerun.STALE)
    for place, item in enumerate(grid.jobs):
        store.save_record(record(item.spec).model_copy(update={"code": {"m": "old"}}))
        grid.jobs[place] = replace(item, code={"m": "new"})
    grid.run()
    assert grid.states() == ["failed", "done", "done"]


def test_a_run_that_another_process_did_is_told(tmp_path):
    """It was chosen before there was a record; the other process holds it, then it is done."""
    item, other, told = job(0), RunLocks(RunStore(tmp_path)), []
    assert other.acquire(item.spec.identity)
    others_record = record(item.spec, started="2026-05-05")

    def waiting():
        if other.is_held(item.spec.identity):
            RunStore(tmp_path).save_record(others_record)
            other.release_all()
        return False

    asked = iter([to_do([item], RunStore(tmp_path), Rerun.MISSING)[0], None, None, None, None, None, None, None])
    manners = SchedulerOptions(more=lambda: next(asked, None), elsewhere=told.append, waiting=waiting)
    orchestrator = Orchestrator(RunStore(tmp_path), manners, lambda _: waiting())
    tasks = to_do([job(1)], RunStore(tmp_path), Rerun.MISSING)
    outcome = orchestrator.run(tasks, lambda listen: Scripted(listen, {}, slots=2))
    assert told == [others_record]
    assert [left.spec for left in outcome.elsewhere] == [item.spec]
    assert list(outcome.ended) == [job(1).spec.identity]


def test_it_works_on_while_something_may_still_come_of_others(tmp_path):
    tasks = iter([None, None, to_do([job(0)], RunStore(tmp_path), Rerun.MISSING)[0]])
    waits = iter([True, True, False])
    manners = SchedulerOptions(more=lambda: next(tasks, None), waiting=lambda: next(waits, False))
    outcome = Orchestrator(RunStore(tmp_path), manners, lambda _: None).run((), lambda listen: Scripted(listen, {}))
    assert list(outcome.ended) == [job(0).spec.identity]
