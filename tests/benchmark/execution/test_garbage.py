"""Processes of the program collect garbage rarely: the command line, and workers, which do not run its `main`."""

from __future__ import annotations

import gc

import pytest

from mnerbench.benchmark.cli import main
from mnerbench.benchmark.execution.executors import worker
from mnerbench.benchmark.execution.executors.ray_worker import execute_remotely
from mnerbench.benchmark.execution.garbage import collect_garbage_rarely
from mnerbench.benchmark.resources.paths import RunPaths


class ReachedError(Exception):
    """The process waits for its first run."""


class Pipe:
    """A pipe of a worker whose orchestrator sends nothing."""

    def __init__(self, connection):
        pass

    def next_job(self):
        raise ReachedError


@pytest.fixture
def rare(monkeypatch):
    """The thresholds of the program; here those of Python are set, and those of before restored afterwards."""
    before = gc.get_threshold()
    collect_garbage_rarely()
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    # Nothing else of this process is to change.
    monkeypatch.setattr("mnerbench.benchmark.execution.log_lines.make_log_lines_printable", lambda: None)
    monkeypatch.setattr(worker, "make_log_lines_printable", lambda: None)
    monkeypatch.setattr(worker, "STOPPING", ())
    monkeypatch.setattr(worker.faulthandler, "enable", lambda: None)
    yield thresholds
    gc.set_threshold(*before)


def test_the_command_line_collects_rarely(rare, capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert gc.get_threshold() == rare
    assert rare[0] > 700


def test_a_worker_process_collects_rarely(rare, monkeypatch):
    monkeypatch.setattr(worker, "WorkerPipe", Pipe)
    with pytest.raises(ReachedError):
        worker.work(None, RunPaths(None, None, None, None), None)
    assert gc.get_threshold() == rare


def test_a_process_of_ray_collects_rarely(rare):
    with pytest.raises(AttributeError):  # for want of a run
        execute_remotely(None, None, "", None, None)
    assert gc.get_threshold() == rare
