"""t-tests against scipy and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mnerbench.reports.statistics.ttests import paired_t, satterthwaite, student_t, welch_t

SCORE = st.integers(0, 10_000).map(lambda n: n / 10_000)


def by_seed(values, seeds=None):
    return dict(zip(seeds or range(len(values)), values, strict=True))


def varied(least):
    return st.lists(SCORE, min_size=least, max_size=12).filter(lambda values: np.std(values) > 1e-4)


@pytest.mark.parametrize(("test", "pooled"), [(welch_t, False), (student_t, True)])
@settings(deadline=None)
@given(a=varied(2), b=varied(2))
def test_independent_tests_are_scipys(test, pooled, a, b):
    result, truth = test(by_seed(a), by_seed(b)), stats.ttest_ind(a, b, equal_var=pooled)
    interval = truth.confidence_interval(0.95)
    assert result.p == pytest.approx(truth.pvalue, rel=1e-9)
    assert result.df == pytest.approx(truth.df, rel=1e-9)
    assert result.interval == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)
    assert result.difference == pytest.approx(np.mean(a) - np.mean(b), abs=1e-12)
    assert result.n == (len(a), len(b))


@settings(deadline=None)
@given(
    st.lists(st.tuples(SCORE, SCORE), min_size=2, max_size=12).filter(lambda p: np.std([a - b for a, b in p]) > 1e-4)
)
def test_paired_is_scipys(pairs):
    a, b = [a for a, _ in pairs], [b for _, b in pairs]
    result, truth = paired_t(by_seed(a), by_seed(b)), stats.ttest_rel(a, b)
    interval = truth.confidence_interval(0.95)
    assert result.p == pytest.approx(truth.pvalue, rel=1e-9)
    assert result.df == len(pairs) - 1
    assert result.interval == pytest.approx((interval.low, interval.high), rel=1e-9, abs=1e-12)


def test_one_degree_of_freedom_is_the_cauchy_distribution():
    # Differences 0.01 and 0.03: mean 0.02, standard error 0.01, t = 2; P(|T| > t) = 1 - 2/pi · atan(t).
    result = paired_t({0: 0.51, 1: 0.63}, {0: 0.5, 1: 0.6})
    assert result.p == pytest.approx(1 - 2 / math.pi * math.atan(2))
    half = 0.01 * math.tan(math.pi / 2 * 0.95)
    assert result.interval == pytest.approx((0.02 - half, 0.02 + half))


def test_equal_sizes_and_variances_give_welch_the_students_degrees_of_freedom():
    result = welch_t(by_seed([0.1, 0.2, 0.3]), by_seed([0.4, 0.5, 0.6]))
    assert result.df == pytest.approx(4)
    # Two degrees of freedom each, t = -0.3 / sqrt(2 · 0.01 / 3).
    assert result.p == pytest.approx(2 * stats.t.cdf(-0.3 / math.sqrt(0.02 / 3), 4))


def test_pairs_are_made_by_seed_not_by_order():
    a, b = {0: 0.1, 5: 0.5, 9: 0.9}, {9: 0.8, 0: 0.05, 7: 0.3, 5: 0.45}
    result = paired_t(a, b)
    assert result.n == (3, 3)
    assert result.p == pytest.approx(stats.ttest_rel([0.1, 0.5, 0.9], [0.05, 0.45, 0.8]).pvalue)
    assert welch_t(a, b).n == (3, 4)


@pytest.mark.parametrize("test", [paired_t, welch_t, student_t])
def test_the_sides_mirror_each_other(test):
    a, b = by_seed([0.71, 0.72, 0.75]), by_seed([0.70, 0.73, 0.71])
    forward, backward = test(a, b), test(b, a)
    assert forward.p == pytest.approx(backward.p)
    assert forward.difference == pytest.approx(-backward.difference)
    assert forward.interval == pytest.approx((-backward.interval[1], -backward.interval[0]))


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
        (student_t, {0: 0.5}, {0: 0.5, 1: 0.7}, -0.1, "single run"),
        (welch_t, {0: 0.1 + 0.2, 1: 0.3}, {0: 0.5, 1: 0.5, 2: 0.5}, -0.2, "no spread"),
        (welch_t, {0: 0.0, 1: 0.0}, {0: 0.0, 1: 0.0}, 0.0, "no spread"),
        (student_t, {0: 0.1 + 0.2, 1: 0.3}, {0: 0.5, 1: 0.5, 2: 0.5}, -0.2, "no spread"),
    ],
)
def test_a_test_that_cannot_be_made_says_why(test, a, b, difference, reason):
    result = test(a, b)
    assert (result.p, result.df, result.interval) == (None, None, None)
    assert reason in result.reason
    assert result.difference == (None if difference is None else pytest.approx(difference))


def test_degrees_of_freedom_of_a_sum_of_variances():
    assert satterthwaite([0.3], [4]) == pytest.approx(4)
    # Equal parts add their degrees of freedom; a part without any variance adds none.
    assert satterthwaite([0.3, 0.3, 0.3], [4, 4, 4]) == pytest.approx(12)
    assert satterthwaite([0.3, 0.0], [4, 9]) == pytest.approx(4)


def test_one_side_without_spread_can_still_be_compared():
    result = welch_t(by_seed([0.5, 0.5, 0.5]), by_seed([0.4, 0.41, 0.42]))
    assert result.df == pytest.approx(2)
    assert result.p == pytest.approx(stats.ttest_1samp([0.4, 0.41, 0.42], 0.5).pvalue)
