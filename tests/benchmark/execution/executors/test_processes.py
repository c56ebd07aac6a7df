"""Worker processes: the same results as in this process, whoever of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnerbench.benchmark.execution.executors.config import ExecutorKind, hire
from mnerbench.benchmark.execution.executors.inline import InlineExecutor
from mnerbench.benchmark.execution.executors.processes import ProcessExecutor
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.training.events import EpochDone, RunEnded, RunLost, RunStarted, StepsDone
from mnerbench.datasets.errors import ConfigError

pytestmark = pytest.mark.slow

LONG = ("training.epochs=4000",)


def do(session, employ, listen=lambda _: None, **manners):
    return Orchestrator(session.store, SchedulerOptions(**manners), listen).run(session.to_do(), employ)


def inline(session):
    return lambda listen: InlineExecutor(session.materials, listen)


def workers(session, count, keep=None):
    def employ(listen):
        made = ProcessExecutor(session.materials.places, [None] * count, listen)
        if keep is not None:
            keep.append(made)
        return made

    return employ


def until(executor, heard, wanted, seconds=60):
    """Wait for an event of a kind."""
    end = time.monotonic() + seconds
    while not any(isinstance(event, wanted) for event in heard):
        assert time.monotonic() < end, heard
        executor.wait(0.1)


def test_two_workers_give_what_one_process_gives(session_in, predictions, tmp_path):
    one, two = session_in(tmp_path / "one"), session_in(tmp_path / "two")
    do(one, inline(one))
    outcome = do(two, workers(two, 2))
    assert list(outcome.ended.values()) == [Status.DONE] * 5
    assert predictions(tmp_path / "two") == predictions(tmp_path / "one")
    assert len(predictions(tmp_path / "one")) == 1 * 2 + 2 * 2 + 2 * 7
    assert not list((tmp_path / "two").rglob("checkpoint.pt"))


def test_a_killed_worker_is_replaced_and_its_run_goes_on(session_in, predictions, tmp_path):
    quiet, hit = session_in(tmp_path / "quiet"), session_in(tmp_path / "hit", checkpoint_seconds=0.0)
    do(quiet, inline(quiet))
    staff, killed, resumed = [], [], []

    def listen(event):
        if isinstance(event, EpochDone) and event.point.epoch == 2 and len(killed) < 2:
            victim = next(one for one in staff[0]._workers if one is not None and one.identity == event.identity)
            os.kill(victim.process.pid, signal.SIGKILL)
            killed.append(event.identity)
        if isinstance(event, RunStarted) and event.done:
            resumed.append(event.identity)

    outcome = do(hit, workers(hit, 2, staff), listen)
    assert list(outcome.ended.values()) == [Status.DONE] * 5
    assert set(resumed) == set(killed)
    assert predictions(tmp_path / "hit") == predictions(tmp_path / "quiet")


def test_a_run_asked_to_end_keeps_its_state_and_says_so(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    job = next(task.job for task in session.to_do() if task.job.encoder)
    heard = []
    with ProcessExecutor(session.materials.places, [None], heard.append) as executor:
        executor.start(job)
        assert executor.free == 0
        until(executor, heard, StepsDone)
        executor.stop(job.spec.identity)
        until(executor, heard, RunEnded)
        assert executor.free == 1
    assert heard[-1].record.status is Status.INTERRUPTED
    assert (tmp_path / job.spec.identity / "checkpoint.pt").is_file()
    assert not (tmp_path / job.spec.identity / "record.json").exists()


def test_a_killed_run_is_lost_with_the_reason(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    job = next(task.job for task in session.to_do() if task.job.encoder)
    heard = []
    with ProcessExecutor(session.materials.places, [None], heard.append) as executor:
        executor.start(job)
        until(executor, heard, StepsDone)
        executor.kill(job.spec.identity)
        until(executor, heard, RunLost)
        assert executor.free == 1
    assert heard[-1].identity == job.spec.identity
    assert "SIGKILL" in heard[-1].reason


def test_closing_ends_the_workers(session_in, tmp_path):
    session = session_in(tmp_path, *LONG)
    with ProcessExecutor(session.materials.places, [None, None], lambda _: None) as executor:
        for task in [task for task in session.to_do() if task.job.encoder][:2]:
            executor.start(task.job)
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
    worker = executor._hire()
    print(worker.process.pid, flush=True)
    sys.stdin.read()
"""


def test_a_worker_dies_with_whoever_started_it(tmp_path):
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


def places(device="cpu", threads=None):
    return RunPaths(*[None] * 4, device=device, threads=threads)


@pytest.mark.parametrize(
    ("wish", "kind", "count"),
    [
        ((None, None, None), ExecutorKind.INLINE, 1),
        ((None, 1, None), ExecutorKind.INLINE, 1),
        ((None, 3, None), ExecutorKind.PROCESSES, 3),
        (("processes", None, None), ExecutorKind.PROCESSES, 1),
    ],
)
def test_who_is_hired(wish, kind, count):
    staff = hire(*wish, places())
    assert (staff.kind, staff.workers) == (kind, count)


def test_gpus_are_shared_out(monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.visible_gpus", lambda device: ("0", "3"))
    assert hire(None, 3, None, places("auto")).gpus == ("0", "3", "0")
    assert hire(None, None, 2, places("auto")).gpus == ("0", "3", "0", "3")
    assert hire(None, 3, 2, places("auto")).gpus == ("0", "3", "0")
    assert hire(None, None, None, places("auto")).gpus == ()
    assert hire(None, 2, None, places("auto")).title.startswith("2 worker processes on GPU 0, 3")
    with pytest.raises(ConfigError, match="--workers 5 are more than 2 GPUs carry with --per-gpu 2"):
        hire(None, 5, 2, places("auto"))


def test_wishes_that_contradict_each_other_are_refused():
    with pytest.raises(ConfigError, match="--per-gpu 2: no GPU"):
        hire(None, None, 2, places())
    with pytest.raises(ConfigError, match="--executor inline does one run at a time"):
        hire("inline", 2, None, places())


def test_cores_are_shared_out_unless_told(monkeypatch):
    monkeypatch.setattr("mnerbench.benchmark.execution.executors.config.usable_cores", lambda: 8)
    assert hire(None, 3, None, places()).threads == 2
    assert hire(None, 16, None, places()).threads == 1
    assert hire(None, 3, None, places(threads=5)).threads == 5
    assert hire(None, None, None, places()).threads is None
