"""Runs of unknown duration start first, then the longest."""

import pytest
from small_grid import job, record

from mnerbench.benchmark.execution.schedule import LongestFirst
from mnerbench.benchmark.planning.durations import Durations


@pytest.fixture
def grid():
    """Runs of three methods with two seeds each, in the suite's order, and durations of finished runs."""
    jobs = [job(seed, method=method) for method in ("bert", "bert-crf", "lookup") for seed in range(2)]
    return jobs, Durations()


def order(jobs, durations, after=None):
    """Method and seed in the order of picking; `after` is called with each pick."""
    pick, pending, picked = LongestFirst(jobs, durations), list(jobs), []
    while pending:
        item = pick(pending)
        pending.remove(item)
        picked.append((item.spec.method, item.spec.seed))
        if after is not None:
            after(item)
    return picked


def finish(durations, item, seconds):
    durations.learn(record(item.spec, seconds=seconds))


def test_one_run_of_each_method_starts_before_second_runs(grid):
    assert order(*grid) == [(method, seed) for seed in range(2) for method in ("bert", "bert-crf", "lookup")]


def test_once_durations_are_known_the_longest_is_next(grid):
    jobs, durations = grid
    seconds = {"bert": 50.0, "bert-crf": 80.0, "lookup": 1.0}
    picked = order(jobs, durations, lambda item: finish(durations, item, seconds[item.spec.method]))
    assert picked == [("bert", 0), ("bert-crf", 0), ("lookup", 0), ("bert-crf", 1), ("bert", 1), ("lookup", 1)]


def test_durations_from_earlier_invocations_count(grid):
    jobs, durations = grid
    finish(durations, jobs[4], 90.0)  # lookup
    finish(durations, jobs[0], 50.0)  # bert
    assert order(jobs, durations) == [
        ("bert-crf", 0),  # unknown
        ("lookup", 0),
        ("lookup", 1),
        ("bert", 0),
        ("bert", 1),
        ("bert-crf", 1),  # still unknown: assumed to be of mean duration
    ]
