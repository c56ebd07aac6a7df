"""t-tests against scipy and closed forms; Holm against its definition; both against the errors they promise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mnerbench.reports.significance import FEW_SEEDS, holm, paired_t, welch_t

SCORE = st.integers(0, 10_000).map(lambda n: n / 10_000)


def by_seed(values, seeds=None):
    return dict(zip(seeds or range(len(values)), values, strict=True))


def varied(least):
    return st.lists(SCORE, min_size=least, max_size=12).filter(lambda values: np.std(values) > 1e-4)


@settings(deadline=None)
@given(varied(2), varied(2))
def test_welch_is_scipys(a, b):
    found, truth = welch_t(by_seed(a), by_seed(b)), stats.ttest_ind(a, b, equal_var=False)
    interval = truth.confidence_interval(0.95)
    assert found.p == pytest.approx(truth.pvalue, rel=1e-9)
    assert found.df == pytest.approx(truth.df, rel=1e-9)
    assert found.interval == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)
    assert found.difference == pytest.approx(np.mean(a) - np.mean(b), abs=1e-12)
    assert found.n == (len(a), len(b))


@settings(deadline=None)
@given(
    st.lists(st.tuples(SCORE, SCORE), min_size=2, max_size=12).filter(lambda p: np.std([a - b for a, b in p]) > 1e-4)
)
def test_paired_is_scipys(pairs):
    a, b = [a for a, _ in pairs], [b for _, b in pairs]
    found, truth = paired_t(by_seed(a), by_seed(b)), stats.ttest_rel(a, b)
    interval = truth.confidence_interval(0.95)
    assert found.p == pytest.approx(truth.pvalue, rel=1e-9)
    assert found.df == len(pairs) - 1
    assert found.interval == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)


def test_one_degree_of_freedom_is_the_cauchy_distribution():
    # Differences 0.01 and 0.03: mean 0.02, standard error 0.01, t = 2; P(|T| > t) = 1 - 2/pi · atan(t).
    found = paired_t({0: 0.51, 1: 0.63}, {0: 0.5, 1: 0.6})
    assert found.p == pytest.approx(1 - 2 / math.pi * math.atan(2))
    half = 0.01 * math.tan(math.pi / 2 * 0.95)
    assert found.interval == pytest.approx((0.02 - half, 0.02 + half))


def test_equal_sizes_and_variances_give_welch_the_students_degrees_of_freedom():
    found = welch_t(by_seed([0.1, 0.2, 0.3]), by_seed([0.4, 0.5, 0.6]))
    assert found.df == pytest.approx(4)
    # Two degrees of freedom each, t = -0.3 / sqrt(2 · 0.01 / 3).
    assert found.p == pytest.approx(2 * stats.t.cdf(-0.3 / math.sqrt(0.02 / 3), 4))


def test_pairs_are_made_by_seed_not_by_order():
    a, b = {0: 0.1, 5: 0.5, 9: 0.9}, {9: 0.8, 0: 0.05, 7: 0.3, 5: 0.45}
    found = paired_t(a, b)
    assert found.n == (3, 3)
    assert found.p == pytest.approx(stats.ttest_rel([0.1, 0.5, 0.9], [0.05, 0.45, 0.8]).pvalue)
    assert welch_t(a, b).n == (3, 4)


@pytest.mark.parametrize("test", [paired_t, welch_t])
def test_the_sides_mirror_each_other(test):
    a, b = by_seed([0.71, 0.72, 0.75]), by_seed([0.70, 0.73, 0.71])
    one, other = test(a, b), test(b, a)
    assert one.p == pytest.approx(other.p)
    assert one.difference == pytest.approx(-other.difference)
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))


@pytest.mark.parametrize(
    ("test", "a", "b", "difference", "reason"),
    [
        (paired_t, {}, {}, None, "no seed in common"),
        (paired_t, {0: 0.5, 1: 0.6}, {2: 0.5}, None, "no seed in common"),
        (paired_t, {0: 0.5, 1: 0.6}, {1: 0.5}, 0.1, "one seed"),
        # On paper every difference is 0.01; in floating point they differ in the last digit.
        (paired_t, {0: 0.7123, 1: 0.7223, 2: 0.31}, {0: 0.7023, 1: 0.7123, 2: 0.3}, 0.01, "same for every seed"),
        (welch_t, {}, {0: 0.5, 1: 0.6}, None, "no finished run"),
        (welch_t, {0: 0.5}, {0: 0.5, 1: 0.7}, -0.1, "single run"),
        (welch_t, {0: 0.1 + 0.2, 1: 0.3}, {0: 0.5, 1: 0.5, 2: 0.5}, -0.2, "no spread"),
        (welch_t, {0: 0.0, 1: 0.0}, {0: 0.0, 1: 0.0}, 0.0, "no spread"),
    ],
)
def test_a_test_that_cannot_be_made_says_why(test, a, b, difference, reason):
    found = test(a, b)
    assert (found.p, found.df, found.interval) == (None, None, None)
    assert reason in found.reason
    assert found.difference == (None if difference is None else pytest.approx(difference))


def test_one_side_without_spread_can_still_be_compared():
    found = welch_t(by_seed([0.5, 0.5, 0.5]), by_seed([0.4, 0.41, 0.42]))
    assert found.df == pytest.approx(2)
    assert found.p == pytest.approx(stats.ttest_1samp([0.4, 0.41, 0.42], 0.5).pvalue)


def test_few_seeds_are_warned_about():
    few, enough = by_seed([0.1, 0.2, 0.3, 0.4]), by_seed([0.1, 0.2, 0.3, 0.4, 0.6])
    assert "too few to tell" in welch_t(few, enough).warning
    assert "only 4 of at least 5" in paired_t(few, enough).warning
    assert welch_t(enough, enough | {FEW_SEEDS: 0.5}).warning is None


# --- Holm -----------------------------------------------------------------------------------------------------------


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []
    assert holm([None, 0.02, None]) == [None, 0.02, None]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_what_the_step_down_rule_rejects(p_values):
    adjusted = holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected, order = set(), sorted(range(len(p_values)), key=p_values.__getitem__)
        for rank, place in enumerate(order):
            if p_values[place] * (len(p_values) - rank) > level:
                break
            rejected.add(place)
        assert {place for place, p in enumerate(adjusted) if p <= level} == rejected


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_holm_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match="not a p-value"):
        holm([0.5, p])


# --- The promised errors --------------------------------------------------------------------------------------------

_RUNS = 4_000


@pytest.mark.parametrize(
    ("test", "spreads"), [(welch_t, (0.01, 0.01)), (welch_t, (0.003, 0.012)), (paired_t, (0.01, 0.01))]
)
def test_false_positives_are_five_percent(test, spreads):
    noise = 0.7 + np.random.default_rng(5).standard_normal((_RUNS, 2, 5)) * np.array(spreads)[:, None]
    found = sum(test(by_seed(a), by_seed(b)).p < 0.05 for a, b in noise) / _RUNS
    # Three standard errors of the simulation are 0.01; at five runs Welch itself lies between 0.04 and 0.055.
    assert 0.03 <= found <= 0.065


def test_holm_keeps_the_chance_of_any_false_positive():
    noise = np.random.default_rng(6).normal(0.7, 0.01, (_RUNS // 4, 5, 5))
    wrong = 0
    for baseline, *others in noise:
        adjusted = holm([welch_t(by_seed(other), by_seed(baseline)).p for other in others])
        wrong += min(adjusted) < 0.05
    assert wrong / len(noise) <= 0.07
