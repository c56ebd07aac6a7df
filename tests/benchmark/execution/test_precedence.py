"""Runs of unknown duration start first, then the longest."""

import pytest
from small_grid import job, record

from mnerbench.benchmark.execution.precedence import LongestFirst
from mnerbench.benchmark.planning.durations import Durations
from mnerbench.benchmark.planning.pending import Task


@pytest.fixture
def grid():
    """Tasks of three methods with two seeds each, in the suite's order, and durations of finished runs."""
    jobs = [job(seed, method=method) for method in ("bert", "bert-crf", "lookup") for seed in range(2)]
    return [Task(item, None) for item in jobs], Durations()


def order(tasks, durations, after=None):
    """Method and seed in the order of picking; `after` is called with each pick."""
    pick, pending, picked = LongestFirst(tasks, durations), list(tasks), []
    while pending:
        task = pick(pending)
        pending.remove(task)
        picked.append((task.job.spec.method, task.job.spec.seed))
        if after is not None:
            after(task)
    return picked


def finish(durations, task, seconds):
    durations.learn(record(task.job.spec, seconds=seconds))


def test_one_run_of_each_method_starts_before_second_runs(grid):
    assert order(*grid) == [(method, seed) for seed in range(2) for method in ("bert", "bert-crf", "lookup")]


def test_once_durations_are_known_the_longest_is_next(grid):
    tasks, durations = grid
    seconds = {"bert": 50.0, "bert-crf": 80.0, "lookup": 1.0}
    picked = order(tasks, durations, lambda task: finish(durations, task, seconds[task.job.spec.method]))
    assert picked == [("bert", 0), ("bert-crf", 0), ("lookup", 0), ("bert-crf", 1), ("bert", 1), ("lookup", 1)]


def test_durations_from_earlier_invocations_count(grid):
    tasks, durations = grid
    finish(durations, tasks[4], 90.0)  # lookup
    finish(durations, tasks[0], 50.0)  # bert
    assert order(tasks, durations) == [
        ("bert-crf", 0),  # unknown
        ("lookup", 0),
        ("lookup", 1),
        ("bert", 0),
        ("bert", 1),
        ("bert-crf", 1),  # still unknown: assumed to be of mean duration
    ]
