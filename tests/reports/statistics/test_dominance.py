"""Almost stochastic order and posterior probabilities."""

import numpy as np
import pytest
from scipy import stats

from mnerbench.reports.statistics.dominance import almost_stochastic_order, region_probabilities
from mnerbench.reports.statistics.ttests import paired_t, t_result, welch_t


def test_complete_order():
    low, high = [0.70, 0.71, 0.72, 0.73, 0.74], [0.80, 0.81, 0.82, 0.83, 0.84]
    assert almost_stochastic_order(high, low) == 0.0
    assert almost_stochastic_order(low, high) == 1.0


def violation(a, b, grid=200_000):
    """The share of the squared distance of quantile functions where that of `a` is lower, on a fine grid."""
    levels = (np.arange(grid) + 0.5) / grid
    first, second = (np.sort(side)[(levels * len(side)).astype(int)] for side in (np.asarray(a), np.asarray(b)))
    squares = (first - second) ** 2
    return squares[first < second].sum() / squares.sum()


@pytest.mark.parametrize("sizes", [(5, 5), (5, 8), (10, 7)])
def test_the_bound_is_the_violation_plus_its_bootstrap_error(sizes):
    random = np.random.default_rng(1)
    a, b = random.normal(0.71, 0.01, sizes[0]), random.normal(0.705, 0.01, sizes[1])
    redrawn = [violation(random.choice(a, len(a)), random.choice(b, len(b)), 2_000) for _ in range(4_000)]
    expected = violation(a, b) + 1.6449 * np.std(redrawn)
    assert almost_stochastic_order(a, b, resamples=20_000) == pytest.approx(min(expected, 1), abs=0.03)


def test_equally_good_methods_are_rarely_ordered():
    """Below 0.2, as Ulmer et al. (2022) recommend; the bound is approximate, so the rate is above the level of 5 %."""
    random = np.random.default_rng(0)
    pairs = random.normal(0.7, 0.01, (1_000, 2, 10))
    assert np.mean([almost_stochastic_order(a, b, resamples=200) < 0.2 for a, b in pairs]) < 0.15


def test_few_or_equal_runs_have_no_order():
    assert almost_stochastic_order([0.7] * 4, [0.6] * 9) is None
    assert almost_stochastic_order([0.7] * 5, [0.7] * 5) is None


def test_the_same_runs_give_the_same_bound():
    random = np.random.default_rng(0)
    a, b = random.normal(0.7, 0.01, (2, 5))
    assert almost_stochastic_order(a, b) == almost_stochastic_order(a, b)
    assert almost_stochastic_order(a, b, level=0.01) >= almost_stochastic_order(a, b)


@pytest.mark.parametrize("gap", [0.0, 0.006, -0.02])
def test_probabilities_of_independent_runs(gap):
    """Against draws from the posterior of both means (Behrens and Fisher's problem)."""
    random = np.random.default_rng(0)
    a, b = random.normal(0.7 + gap, 0.004, 6), random.normal(0.7, 0.008, 8)
    draws = [
        side.mean() + side.std(ddof=1) / np.sqrt(len(side)) * random.standard_t(len(side) - 1, 400_000)
        for side in (a, b)
    ]
    difference = draws[0] - draws[1]
    expected = [np.mean(difference < -0.005), np.mean(np.abs(difference) <= 0.005), np.mean(difference > 0.005)]
    found = region_probabilities(welch_t(dict(enumerate(a)), dict(enumerate(b))), 0.005)
    assert found == pytest.approx(expected, abs=0.015)


def test_probabilities_of_paired_runs():
    a, b = dict(enumerate([0.72, 0.73, 0.72, 0.74, 0.73])), dict(enumerate([0.71, 0.72, 0.72, 0.73, 0.71]))
    differences = np.array([a[seed] - b[seed] for seed in a])
    posterior = stats.t(4, differences.mean(), differences.std(ddof=1) / np.sqrt(5))
    expected = posterior.cdf(-0.005), posterior.cdf(0.005) - posterior.cdf(-0.005), posterior.sf(0.005)
    assert region_probabilities(paired_t(a, b), 0.005) == pytest.approx(expected)


def test_few_runs_have_no_probabilities():
    assert region_probabilities(t_result(0.01, 0.002, 6, (4, 9)), 0.005) is None
    assert region_probabilities(paired_t({0: 1.0}, {0: 1.0}), 0.005) is None
