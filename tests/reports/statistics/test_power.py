"""Power against closed forms, integration and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from mnerbench.reports.statistics.power import (
    MOST_SEEDS,
    Spreads,
    detectable_difference,
    seeds_needed,
    shrunken,
)

MANY = (MOST_SEEDS, MOST_SEEDS)


@pytest.mark.parametrize("family", [1, 3])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_with_many_runs_it_is_the_normal_formula(family, power):
    error = math.hypot(0.004, 0.011) / math.sqrt(MOST_SEEDS)
    expected = (stats.norm.ppf(1 - 0.025 / family) + stats.norm.ppf(power)) * error
    gap = detectable_difference(Spreads((0.004, 0.011), MANY), 0.05 / family, power)
    assert gap == pytest.approx(expected, rel=0.01)
    # Tweets add their part to the error, however many runs there are.
    both = detectable_difference(Spreads((0.004, 0.011), MANY, tweets=0.003**2), 0.05 / family, power)
    assert both == pytest.approx(expected * math.hypot(error, 0.003) / error, rel=0.01)


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26), (1.0, 17)])
def test_seeds_are_cohens_if_spreads_are_known(effect, n):
    """Cohen 1992, table 2: runs per side, two-sided at 5 %, power 80 %."""
    assert seeds_needed(Spreads((1.0, 1.0), MANY), effect) == pytest.approx(n, abs=max(1, 0.02 * n))
    assert seeds_needed(Spreads((1.0, 1.0), MANY), -effect) == seeds_needed(Spreads((1.0, 1.0), MANY), effect)


@pytest.mark.parametrize(("n", "family"), [(3, 1), (5, 1), (10, 1), (3, 3), (5, 8)])
def test_the_printed_power_is_reached_on_average(n, family):
    """Spreads are estimated from some runs; further runs find the printed difference in 75 to 87 %."""
    random, found, simulations = np.random.default_rng(n), 0, 400
    for _ in range(simulations):
        stds = tuple(random.normal(0, 0.01, (2, n)).std(1, ddof=1).tolist())
        gap = detectable_difference(Spreads(stds, (n, n)), 0.05 / family)
        a, b = random.normal([[gap], [0]], 0.01, (2, n))
        found += stats.ttest_ind(a, b, equal_var=False).pvalue < 0.05 / family
    assert 0.71 <= found / simulations <= 0.91


def test_the_fewer_runs_and_the_more_tests_the_larger():
    by_runs = [detectable_difference(Spreads((0.01, 0.01), (n, n))) for n in (3, 5, 10, 100)]
    assert by_runs == sorted(by_runs, reverse=True)
    by_family = [detectable_difference(Spreads((0.01, 0.01), (5, 5)), 0.05 / family) for family in (1, 2, 8)]
    assert by_family == sorted(by_family)


def test_paired_runs_have_one_spread():
    gap = detectable_difference(Spreads((0.01,), (MOST_SEEDS,)))
    assert gap == pytest.approx((1.96 + 0.8416) * 0.01 / math.sqrt(MOST_SEEDS), rel=0.01)


def test_seeds_needed_have_the_power_and_one_fewer_does_not():
    spreads, gap = Spreads((0.004, 0.012), (5, 5)), 0.012
    n = seeds_needed(spreads, gap)
    random, shares = np.random.default_rng(1), {}
    for size in (n - 3, n + 1):
        # Plausible spreads, given those estimated from five runs a side.
        scale = np.sqrt(8 / random.chisquare(8, 20_000))[:, None]
        a, b = (random.normal(0, std, (20_000, size)) * scale for std in spreads.stds)
        shares[size] = np.mean(stats.ttest_ind(a + gap, b, axis=1, equal_var=False).pvalue < 0.05)
    assert shares[n + 1] > 0.79
    assert shares[n - 3] < 0.8


def test_seeds_are_never_fewer_than_a_verdict_asks_for_nor_guessed_beyond_the_most():
    spreads = Spreads((0.01, 0.01), MANY)
    assert seeds_needed(spreads, 1.0) == 3
    edge = detectable_difference(spreads)
    assert seeds_needed(spreads, edge * 1.02) in range(MOST_SEEDS - 60, MOST_SEEDS + 1)
    assert seeds_needed(spreads, edge * 0.98) is None
    assert seeds_needed(spreads, 0.0) is None


def test_no_number_of_seeds_makes_up_for_too_few_tweets():
    assert seeds_needed(Spreads((0.001, 0.001), (5, 5), tweets=0.01**2), 0.02) is None
    assert seeds_needed(Spreads((0.001, 0.001), (5, 5), tweets=0.01**2), 0.04) == 3


def test_differences_are_shrunk_by_their_own_noise():
    assert shrunken(0.02, 0.01) == pytest.approx(0.015)
    assert shrunken(-0.02, 0.01) == pytest.approx(-0.015)
    assert shrunken(0.01, 0.02) == shrunken(0.0, 0.01) == 0


@pytest.mark.parametrize("stds", [(0.0, 0.0), (-0.1, 0.2)])
def test_spreads_that_are_none_are_refused(stds):
    with pytest.raises(ValueError, match="spreads of"):
        Spreads(stds, (5, 5))


def test_other_mistakes_are_refused():
    with pytest.raises(ValueError, match="at least two"):
        Spreads((0.1, 0.1), (1, 5))
    for power in (0.0, 1.0):
        with pytest.raises(ValueError, match="not in"):
            detectable_difference(Spreads((0.1, 0.1), (5, 5)), 0.05, power)
