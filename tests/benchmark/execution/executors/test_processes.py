"""Worker processes give the same results as this process, also if workers die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from short_grid import session_for

from mnerbench.benchmark.execution.executors.config import ExecutorKind, resolve_executor
from mnerbench.benchmark.execution.executors.inline import InlineExecutor
from mnerbench.benchmark.execution.executors.processes import ProcessExecutor
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.training.events import EpochDone, RunEnded, RunLost, RunStarted, StepsDone
from mnerbench.datasets.errors import ConfigError

pytestmark = pytest.mark.slow

LONG = ("training.epochs=4000",)


def run(session, make_executor, listen=lambda _: None, **options):
    return Orchestrator(session.store, SchedulerOptions(**options), listen).run(session.to_do(), make_executor)


def inline(session):
    return lambda listen: InlineExecutor(session.resources, listen)


def workers(session, count, executors=None):
    def make_executor(listen):
        executor = ProcessExecutor(session.resources.paths, [None] * count, listen)
        if executors is not None:
            executors.append(executor)
        return executor

    return make_executor


def wait_for(executor, events, kind, seconds=300):
    """Wait for an event of a kind."""
    end = time.monotonic() + seconds
    while not any(isinstance(event, kind) for event in events):
        assert time.monotonic() < end, events
        executor.wait(0.1)


@pytest.fixture(scope="module")
def predicted_inline(fixtures, tmp_path_factory, predictions):
    """The predictions of the grid, executed in this process."""
    folder = tmp_path_factory.mktemp("inline")
    session = session_for(folder, fixtures, folder / "out")
    run(session, inline(session))
    return predictions(folder / "out")


def test_two_workers_give_what_one_process_gives(session_in, predictions, predicted_inline, tmp_path):
    parallel = session_in(tmp_path / "two")
    outcome = run(parallel, workers(parallel, 2))
    assert list(outcome.ended.values()) == [Status.DONE] * 5
    assert predictions(tmp_path / "two") == predicted_inline
    assert len(predicted_inline) == 1 * 2 + 2 * 2 + 2 * 7
    assert not list((tmp_path / "two").rglob("checkpoint.pt"))


def test_a_killed_worker_is_replaced_and_its_run_resumed(session_in, predictions, predicted_inline, tmp_path):
    hit = session_in(tmp_path / "hit", checkpoint_seconds=0.0)
    executors, killed, resumed = [], [], []

    def listen(event):
        if isinstance(event, EpochDone) and event.point.epoch == 2 and len(killed) < 2:
            [victim] = executors[0]._workers_on(event.identity)
            os.kill(victim.process.pid, signal.SIGKILL)
            killed.append(event.identity)
        if isinstance(event, RunStarted) and event.done:
            resumed.append(event.identity)

    outcome = run(hit, workers(hit, 2, executors), listen)
    assert list(outcome.ended.values()) == [Status.DONE] * 5
    assert set(resumed) == set(killed)
    assert predictions(tmp_path / "hit") == predicted_inline


def test_a_stopped_run_keeps_its_state_and_is_interrupted(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    job = next(job for job in session.to_do() if job.encoder)
    events = []
    with ProcessExecutor(session.resources.paths, [None], events.append) as executor:
        executor.start(job)
        assert executor.free == 0
        wait_for(executor, events, StepsDone)
        executor.stop(job.spec.identity)
        wait_for(executor, events, RunEnded)
        assert executor.free == 1
    assert events[-1].record.status is Status.INTERRUPTED
    assert (tmp_path / job.spec.identity / "checkpoint.pt").is_file()
    assert not (tmp_path / job.spec.identity / "record.json").exists()


def test_a_killed_run_is_lost_with_the_reason(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    job = next(job for job in session.to_do() if job.encoder)
    events = []
    with ProcessExecutor(session.resources.paths, [None], events.append) as executor:
        executor.start(job)
        wait_for(executor, events, StepsDone)
        executor.kill(job.spec.identity)
        wait_for(executor, events, RunLost)
        assert executor.free == 1
    assert events[-1].identity == job.spec.identity
    assert "SIGKILL" in events[-1].reason


def test_closing_kills_the_workers(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    with ProcessExecutor(session.resources.paths, [None, None], lambda _: None) as executor:
        for job in [job for job in session.to_do() if job.encoder][:2]:
            executor.start(job)
        processes = [worker.process for worker in executor._workers]
        assert all(process.is_alive() for process in processes)
    assert not any(process.is_alive() for process in processes)


ORPHAN = """
import sys
from multiprocessing import get_context
from pathlib import Path
from mnerbench.benchmark.execution.executors.processes import ProcessExecutor
from mnerbench.benchmark.resources.paths import RunPaths

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    executor = ProcessExecutor(RunPaths(folder, None, folder, folder), [None], lambda _: None)
    worker = executor._start_worker()
    print(worker.process.pid, flush=True)
    sys.stdin.read()
"""


def test_a_worker_ends_with_its_parent(tmp_path):
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    parent = subprocess.Popen(
        [sys.executable, script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    worker = int(parent.stdout.readline())
    time.sleep(2)
    os.kill(worker, 0)
    parent.kill()
    parent.wait()
    end = time.monotonic() + 20
    while alive(worker):
        assert time.monotonic() < end, "the worker outlived its parent"
        time.sleep(0.1)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def run_paths(device="cpu", threads=None):
    return RunPaths(*[None] * 4, device=device, threads=threads)


@pytest.mark.parametrize(
    ("flags", "kind", "count"),
    [
        ((None, None, None), ExecutorKind.INLINE, 1),
        ((None, 1, None), ExecutorKind.INLINE, 1),
        ((None, 3, None), ExecutorKind.PROCESSES, 3),
        (("processes", None, None), ExecutorKind.PROCESSES, 1),
    ],
)
def test_flags_select_the_executor(flags, kind, count):
    config = resolve_executor(*flags, run_paths())
    assert (config.kind, config.workers) == (kind, count)


def test_gpus_are_distributed_over_workers(monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.visible_gpus", lambda device: ("0", "3"))
    assert resolve_executor(None, 3, None, run_paths("auto")).gpus == ("0", "3", "0")
    assert resolve_executor(None, None, 2, run_paths("auto")).gpus == ("0", "3", "0", "3")
    assert resolve_executor(None, 3, 2, run_paths("auto")).gpus == ("0", "3", "0")
    assert resolve_executor(None, None, None, run_paths("auto")).gpus == ()
    assert resolve_executor(None, 2, None, run_paths("auto")).title.startswith("2 worker processes on GPU 0, 3")
    with pytest.raises(ConfigError, match="--workers 5: 2 GPUs with --per-gpu 2 carry at most 4"):
        resolve_executor(None, 5, 2, run_paths("auto"))


def test_contradicting_flags_are_refused():
    with pytest.raises(ConfigError, match="--per-gpu 2: no GPU"):
        resolve_executor(None, None, 2, run_paths())
    with pytest.raises(ConfigError, match="--executor inline executes one run at a time"):
        resolve_executor("inline", 2, None, run_paths())


def test_cores_are_divided_unless_threads_are_given(monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.usable_cores", lambda: 8)
    assert resolve_executor(None, 3, None, run_paths()).threads == 2
    assert resolve_executor(None, 16, None, run_paths()).threads == 1
    assert resolve_executor(None, 3, None, run_paths(threads=5)).threads == 5
    assert resolve_executor(None, None, None, run_paths()).threads is None
