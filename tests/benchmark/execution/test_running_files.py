"""The file that says how far a run is: rarely written, whole at any moment, gone when the run has ended."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys

import pytest
from scripted_executor import Scripted
from small_grid import job, record

from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.execution.running_files import RunningFiles
from mnerbench.benchmark.results.record import EpochPoint, Status
from mnerbench.benchmark.results.running_file import RUNNING, SECONDS_BETWEEN_WRITES, read_running
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import EpochDone, RunStarted, StepsDone

IDENTITY = job(0).spec.identity
POINT = EpochPoint(epoch=1, loss=2.5, losses={}, dev_f1=0.5, train_seconds=3, dev_seconds=1)


class Clock:
    """Both clocks of `RunningFiles`."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def files(tmp_path, clock):
    return RunningFiles(RunStore(tmp_path), clock, clock)


def stored(folder):
    return read_running(RunStore(folder), IDENTITY)


def test_a_run_is_followed_from_start_to_end(tmp_path, files, clock):
    files.begin(IDENTITY, "2026-01-01")
    begun = stored(tmp_path)
    assert (begun.owner, begun.pid, begun.earlier) == (platform.node(), os.getpid(), "2026-01-01")
    assert (begun.begun, begun.updated, begun.training_since, begun.steps) == (1000.0, 1000.0, None, 0)
    clock.seconds = 1003.0
    files.hear(RunStarted(IDENTITY, "a run", 100, done=20, host="node7"))
    files.hear(EpochDone(IDENTITY, 10, POINT))
    running = stored(tmp_path)
    assert (running.host, running.owner, running.begun) == ("node7", platform.node(), 1000.0)
    assert running.training_since == running.updated == 1003.0
    assert (running.first, running.step, running.steps, running.dev_f1) == (20, 20, 100, 0.5)
    files.end(IDENTITY)
    assert not (tmp_path / IDENTITY / RUNNING).exists()
    files.hear(StepsDone(IDENTITY, 1))  # a late event creates nothing
    assert stored(tmp_path) is None


def test_steps_are_written_every_few_seconds_only(tmp_path, files, clock):
    files.begin(IDENTITY, None)
    files.hear(RunStarted(IDENTITY, "a run", 1000))
    path = tmp_path / IDENTITY / RUNNING
    before = path.stat().st_ino
    for _ in range(50):
        files.hear(StepsDone(IDENTITY, 1))
    assert path.stat().st_ino == before  # an atomic write is a new file
    clock.seconds += SECONDS_BETWEEN_WRITES
    files.hear(StepsDone(IDENTITY, 1))
    assert stored(tmp_path).step == 51
    assert stored(tmp_path).updated == clock.seconds


def test_a_file_that_cannot_be_written_disturbs_no_run(tmp_path, files):
    (tmp_path / IDENTITY).write_text("a file in place of the folder")
    files.begin(IDENTITY, None)
    files.hear(StepsDone(IDENTITY, 1))
    files.end(IDENTITY)
    assert (tmp_path / IDENTITY).read_text() == "a file in place of the folder"


def test_no_link_out_of_the_folder_is_followed(tmp_path, clock):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / IDENTITY).symlink_to(tmp_path / "elsewhere")
    files = RunningFiles(RunStore(tmp_path / "out"), clock, clock)
    files.begin(IDENTITY, None)
    files.end(IDENTITY)
    assert list((tmp_path / "elsewhere").iterdir()) == []


class Looking(Scripted):
    """An executor that notes, whenever a run starts, which runs have a file on disk."""

    def __init__(self, listen, folder, script):
        super().__init__(listen, script)
        self.folder, self.seen = folder, []

    def start(self, item):
        self.seen += [(item.spec.seed, stored_earlier(self.folder, item.spec.identity))]
        super().start(item)


def stored_earlier(folder, identity):
    return json.loads((folder / identity / RUNNING).read_text())["earlier"]


@pytest.mark.parametrize("fate", ["done", "fails", "dies"])
def test_the_orchestrator_leaves_no_file_behind(tmp_path, fate):
    store, executors = RunStore(tmp_path), []
    store.save_record(record(job(1).spec, Status.INTERRUPTED, started="2025-12-31"))

    def make(listen):
        executors.append(Looking(listen, tmp_path, {0: [fate]}))
        return executors[0]

    Orchestrator(store, SchedulerOptions(), lambda _: None).run([job(0), job(1)], make)
    assert {*executors[0].seen} == {(0, None), (1, "2025-12-31")}
    assert list(tmp_path.rglob(RUNNING)) == []


def test_an_interrupted_orchestrator_leaves_no_file_behind(tmp_path):
    class Interrupting(Scripted):
        def wait(self, seconds):
            assert list(tmp_path.rglob(RUNNING))
            raise KeyboardInterrupt

    orchestrator = Orchestrator(RunStore(tmp_path), SchedulerOptions(), lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        orchestrator.run([job(0)], lambda listen: Interrupting(listen, {}))
    assert list(tmp_path.rglob(RUNNING)) == []


WRITER = """
import itertools, sys
from pathlib import Path
from mnerbench.benchmark.execution.running_files import RunningFiles
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import StepsDone
files = RunningFiles(RunStore(Path(sys.argv[1])), clock=itertools.count(0, 1000).__next__)
files.begin(sys.argv[2], None)
print("begun", flush=True)
while True:
    files.hear(StepsDone(sys.argv[2], 1))
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    store = RunStore(tmp_path)
    for looks in range(1, 6):
        command = [sys.executable, "-c", WRITER, str(tmp_path), IDENTITY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            steps = [read_running(store, IDENTITY).step for _ in range(20 * looks)]
            process.send_signal(signal.SIGKILL)
        assert steps == sorted(steps)
        left = read_running(store, IDENTITY)
        assert left.pid == process.pid
        assert left.is_killed(60.0)
        assert not store.damage
    store.delete_partial_files(IDENTITY)
    assert [path.name for path in (tmp_path / IDENTITY).iterdir()] == [RUNNING]
