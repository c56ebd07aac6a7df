"""Effect sizes against formulas of papers, published limits, and the noncentral t distribution by integration."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from mnerbench.reports.statistics.effects import _noncentrality, _unbiased, hedges_g, hedges_g_paired
from mnerbench.reports.statistics.ttests import welch_t

A, B = {0: 0.71, 1: 0.72, 2: 0.74, 3: 0.70}, {0: 0.70, 1: 0.73, 2: 0.71, 3: 0.69}


def at_most(t, df, shift):
    """P(T <= t), by integrating over the chi-square in the denominator."""
    return integrate.quad(
        lambda u: stats.norm.cdf(t * math.sqrt(u / df) - shift) * stats.chi2.pdf(u, df), 0, 20 * df + 60, limit=500
    )[0]


def test_limits_as_published():
    """The example of `conf.limits.nct` in the R package MBESS: t = 2.83 with 126 degrees of freedom."""
    assert _noncentrality(126, 0.975, 2.83) == pytest.approx(0.8337502, abs=1e-6)
    assert _noncentrality(126, 0.025, 2.83) == pytest.approx(4.815359, abs=1e-6)


@pytest.mark.parametrize("df", [2, 4.5, 18])
@pytest.mark.parametrize("t", [-3.1, 0.0, 0.4, 2.2, 9.0])
def test_limits_cut_off_what_they_should(df, t):
    for chance in (0.975, 0.025):
        assert at_most(t, df, _noncentrality(df, chance, t)) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize("df", [2, 8])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("p", [0.025, 0.975])
def test_large_statistics_go_over_without_a_step(df, sign, p):
    below, above = _noncentrality(df, p, sign * 499.9), _noncentrality(df, p, sign * 500.1)
    assert above / below == pytest.approx(500.1 / 499.9, rel=1e-3)
    assert math.isfinite(_noncentrality(df, p, sign * 1e12))


@pytest.mark.parametrize("df", [2, 4, 8, 38])
def test_the_correction_is_hedges(df):
    # Hedges' own approximation, good to 0.01 from 10 degrees of freedom on, and the closed form for an even number.
    if df >= 8:
        assert _unbiased(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=1e-3)
    half = math.factorial(df // 2 - 1) / (math.sqrt(math.pi) * math.prod(k + 0.5 for k in range(df // 2 - 1)))
    assert _unbiased(df) == pytest.approx(half / math.sqrt(df / 2))


def test_equal_sizes_give_the_classical_g():
    size, a, b = hedges_g(A, B), [*A.values()], [*B.values()]
    d = (np.mean(a) - np.mean(b)) / math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 2)
    df = welch_t(A, B).df
    assert size.g == pytest.approx(d * _unbiased(df))
    assert size.n == (4, 4)
    for limit, chance in zip(size.interval, (0.975, 0.025), strict=True):
        assert at_most(d * math.sqrt(2), df, limit * math.sqrt(2)) == pytest.approx(chance, abs=1e-6)


def test_neither_size_weighs_the_denominator():
    """Doubling the runs of a side changes the correction, not the denominator."""
    many = {seed: A[seed % 4] for seed in range(40)}
    spread = math.sqrt((np.var([*many.values()], ddof=1) + np.var([*B.values()], ddof=1)) / 2)
    difference = np.mean([*A.values()]) - np.mean([*B.values()])
    assert hedges_g(many, B).g / (difference / spread) == pytest.approx(1, abs=0.2)
    assert hedges_g(many, B).g < difference / spread


def test_the_paired_effect_is_over_the_differences():
    size = hedges_g_paired(A, B | {9: 0.1})
    gaps = [A[seed] - B[seed] for seed in A]
    d = np.mean(gaps) / np.std(gaps, ddof=1)
    assert size.g == pytest.approx(d * _unbiased(3))
    for limit, chance in zip(size.interval, (0.975, 0.025), strict=True):
        assert at_most(d * 2, 3, limit * 2) == pytest.approx(chance, abs=1e-6)


@pytest.mark.parametrize("effect", [hedges_g, hedges_g_paired])
def test_sides_mirror_each_other(effect):
    forward, backward = effect(A, B), effect(B, A)
    assert forward.g == pytest.approx(-backward.g)
    assert forward.interval == pytest.approx((-backward.interval[1], -backward.interval[0]), rel=1e-6)


@pytest.mark.parametrize(
    ("effect", "a", "b", "reason"),
    [
        (hedges_g, {0: 0.5}, B, "single run"),
        (hedges_g, {}, B, "no finished run"),
        (hedges_g, {0: 0.5, 1: 0.5}, {0: 0.4, 1: 0.4}, "no spread"),
        (hedges_g, {0: 0.5, 1: 0.6}, {0: 0.4, 1: 0.4}, "two degrees of freedom"),
        (hedges_g_paired, {0: 0.5, 1: 0.6}, {0: 0.4, 1: 0.45}, "two degrees of freedom"),
        (hedges_g_paired, A, {seed: score - 0.01 for seed, score in A.items()}, "same for every seed"),
    ],
)
def test_an_effect_that_cannot_be_had_says_why(effect, a, b, reason):
    size = effect(a, b)
    assert (size.g, size.interval) == (None, None)
    assert reason in size.reason
