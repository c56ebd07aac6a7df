"""Long runs begin first, and what nobody knows the length of before them."""

import pytest
from small_grid import job, record

from mnerbench.benchmark.execution.precedence import LongestFirst
from mnerbench.benchmark.planning.durations import Durations
from mnerbench.benchmark.planning.pending import Task


@pytest.fixture
def grid():
    """Tasks of three methods with two seeds each, in the suite's order, and what is known of runs."""
    jobs = [job(seed, method=method) for method in ("bert", "bert-crf", "lookup") for seed in range(2)]
    return [Task(one, None) for one in jobs], Durations()


def order(tasks, known, after=None):
    """Titles in the order of picking; `after` is told each pick."""
    pick, left, found = LongestFirst(tasks, known), list(tasks), []
    while left:
        task = pick(left)
        left.remove(task)
        found.append((task.job.spec.method, task.job.spec.seed))
        if after is not None:
            after(task)
    return found


def took(known, task, seconds):
    known.learn(record(task.job.spec, seconds=seconds))


def test_every_kind_of_run_begins_once_before_any_begins_twice(grid):
    assert order(*grid) == [(method, seed) for seed in range(2) for method in ("bert", "bert-crf", "lookup")]


def test_once_lengths_are_known_the_longest_is_next(grid):
    tasks, known = grid
    lengths = {"bert": 50.0, "bert-crf": 80.0, "lookup": 1.0}
    found = order(tasks, known, lambda task: took(known, task, lengths[task.job.spec.method]))
    assert found == [("bert", 0), ("bert-crf", 0), ("lookup", 0), ("bert-crf", 1), ("bert", 1), ("lookup", 1)]


def test_lengths_from_earlier_invocations_count(grid):
    tasks, known = grid
    took(known, tasks[4], 90.0)  # lookup
    took(known, tasks[0], 50.0)  # bert
    assert order(tasks, known) == [
        ("bert-crf", 0),  # unknown
        ("lookup", 0),
        ("lookup", 1),
        ("bert", 0),
        ("bert", 1),
        ("bert-crf", 1),  # still unknown: taken for one of usual length
    ]
