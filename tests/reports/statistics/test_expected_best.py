"""The expected best of some trials, against enumeration and a closed form."""

from itertools import combinations
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnerbench.reports.statistics.expected_best import expected_best


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_it_is_the_mean_over_all_choices_of_trials(values):
    expected = [fmean(map(max, combinations(values, n))) for n in range(1, len(values) + 1)]
    assert expected_best(values) == pytest.approx(expected)


def test_it_is_unbiased():
    """The highest of n uniform numbers is n / (n + 1) on average; a draw with replacement from 10 trials gives less."""
    random = np.random.default_rng(0)
    trials = random.random((4_000, 10))
    means = np.mean([expected_best(row) for row in trials], axis=0)
    error = 0.29 / np.sqrt(len(trials))  # standard deviation of a single uniform number, the largest of all
    for n, mean in enumerate(means, start=1):
        assert mean == pytest.approx(n / (n + 1), abs=4 * error)
    replaced = np.mean([row[random.integers(0, 10, 10)].max() for row in trials])
    assert replaced < 10 / 11 - 4 * error


def test_the_best_of_all_trials_is_the_best():
    values = [0.1, 0.7, 0.7, 0.0]
    assert expected_best(values)[0] == pytest.approx(fmean(values))
    assert expected_best(values)[-1] == 0.7
    assert expected_best(values * 250)[-1] == pytest.approx(0.7)
    assert expected_best([]) == []
