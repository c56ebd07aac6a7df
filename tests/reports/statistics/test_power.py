"""Power against Cohen's tables, integration, and simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from mnerbench.reports.statistics.power import MOST_SEEDS, detectable_difference, seeds_needed
from mnerbench.reports.statistics.ttests import satterthwaite


def achieved_power(difference, std_a, std_b, n):
    """The probability that a true difference is significant, by the noncentral t distribution of scipy."""
    variances = [std_a**2 / n[0], std_b**2 / n[1]]
    df, shift = satterthwaite(variances, [n[0] - 1, n[1] - 1]), abs(difference) / math.sqrt(sum(variances))
    critical = stats.t.ppf(0.975, df)
    return stats.nct.sf(critical, df, shift) + np.nan_to_num(stats.nct.cdf(-critical, df, shift))


@pytest.mark.parametrize(("effect", "n"), [(0.2, 394), (0.5, 64), (0.8, 26), (1.0, 17)])
def test_seeds_are_cohens(effect, n):
    """Cohen 1992, table 2, and G*Power: runs per side, two-sided at 5 %, power 80 %."""
    assert seeds_needed(1, 1, effect) == n
    assert seeds_needed(0.01, 0.01, -effect / 100) == n
    assert achieved_power(effect, 1, 1, (n, n)) >= 0.8 > achieved_power(effect, 1, 1, (n - 1, n - 1))


def test_cohens_table_of_power():
    """Cohen 1988, table 2.3.5: d = 0.5 with 30 per side has 47 %, d = 0.8 with 20 has 69 %."""
    assert achieved_power(0.5, 1, 1, (30, 30)) == pytest.approx(0.47, abs=0.01)
    assert achieved_power(0.8, 1, 1, (20, 20)) == pytest.approx(0.69, abs=0.01)


@pytest.mark.parametrize("n", [(3, 3), (5, 5), (4, 9)])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_detectable_difference_has_the_power_asked_for(n, power):
    gap = detectable_difference(0.004, 0.011, n, power)
    assert achieved_power(gap, 0.004, 0.011, n) == pytest.approx(power, abs=5e-5)
    assert achieved_power(-gap, 0.004, 0.011, n) == pytest.approx(power, abs=5e-5)


def test_no_difference_is_found_at_the_level():
    assert achieved_power(0, 0.01, 0.02, (5, 7)) == pytest.approx(0.05)
    assert achieved_power(10, 0.01, 0.02, (5, 7)) == pytest.approx(1)


def test_spreads_and_sizes_decide_degrees_of_freedom():
    """Simulated with the statistic's own distribution under other spreads: a's spread of 0 leaves one sample's test."""
    random, n, gap = np.random.default_rng(0), 6, 0.02
    runs = random.normal(gap, 0.01, (20_000, n))
    share = np.mean(stats.ttest_1samp(runs, 0, axis=1).pvalue < 0.05)
    assert achieved_power(gap, 0, 0.01, (50, n)) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("spreads", [(0.01, 0.01), (0.004, 0.012)])
def test_seeds_needed_are_the_fewest_that_suffice_in_simulation(spreads):
    random, gap = np.random.default_rng(1), 0.012
    n = seeds_needed(*spreads, gap)
    shares = {}
    for size in (n - 2, n):
        a, b = (random.normal(0, spread, (20_000, size)) for spread in spreads)
        shares[size] = np.mean(stats.ttest_ind(a + gap, b, axis=1, equal_var=False).pvalue < 0.05)
    assert shares[n] > 0.79
    assert shares[n - 2] < 0.8


def test_seeds_are_never_fewer_than_a_verdict_asks_for_nor_guessed_beyond_the_most():
    assert seeds_needed(0.01, 0.01, 1.0) == 3
    edge = detectable_difference(0.01, 0.01, (MOST_SEEDS, MOST_SEEDS))
    assert seeds_needed(0.01, 0.01, edge * 1.001) in (MOST_SEEDS - 1, MOST_SEEDS, MOST_SEEDS - 2)
    assert seeds_needed(0.01, 0.01, edge * 0.999) is None
    assert seeds_needed(0.01, 0.01, 0.0) is None


@pytest.mark.parametrize("spreads", [(0.0, 0.0), (-0.1, 0.2), (math.nan, math.nan)])
def test_spreads_that_are_none_are_refused(spreads):
    with pytest.raises(ValueError, match="spreads of"):
        seeds_needed(*spreads, 0.01)


def test_other_mistakes_are_refused():
    with pytest.raises(ValueError, match="at least two"):
        detectable_difference(0.1, 0.1, (1, 5))
    for power in (0.3, 1.0):
        with pytest.raises(ValueError, match="not in"):
            detectable_difference(0.1, 0.1, (5, 5), power)
