"""The worker's end of the pipe: frequent events are thinned without losing steps or the end of a phase."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from mnerbench.benchmark.execution.executors import worker
from mnerbench.benchmark.execution.executors.worker import WorkerPipe
from mnerbench.benchmark.training.events import Evaluated, StepsDone


@pytest.fixture
def pipe(monkeypatch):
    """A pipe, what it sent, and its clock, which stands still."""
    clock, sent = [100.0], []
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    connection = SimpleNamespace(send=sent.append, recv=threading.Event().wait)  # receives nothing
    return WorkerPipe(connection), sent, clock


def test_progress_is_thinned_but_for_the_end_of_a_phase(pipe):
    end, sent, clock = pipe
    for done in range(1, 101):
        end.send(Evaluated("x", "test", done, 100))
    assert sent == [Evaluated("x", "test", 1, 100), Evaluated("x", "test", 100, 100)]
    clock[0] += 1
    end.send(Evaluated("x", "diagnosis", 1, 9))
    end.send(Evaluated("x", "diagnosis", 2, 9))
    assert sent[2:] == [Evaluated("x", "diagnosis", 1, 9)]


def test_no_step_is_lost(pipe):
    end, sent, _ = pipe
    for _ in range(3):
        end.send(StepsDone("x", 2))
    end.send(Evaluated("x", "dev", 1, 2))
    assert sent == [StepsDone("x", 2)]
    end.send(Evaluated("x", "dev", 2, 2))
    assert sent[1:] == [StepsDone("x", 4), Evaluated("x", "dev", 2, 2)]
