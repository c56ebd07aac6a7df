"""How large is a difference, measured by how much runs vary?

An effect of 1 means that the means lie one standard deviation apart. Scores are fractions, one per seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import chdtri, gammaln, nctdtrinc

from mnerbench.reports.statistics.ttests import LEVEL, TestResult, paired_t, satterthwaite, variance_of, welch_t

# Above it scipy's inverse may never return, and the limit for large t is right to 0.1 %.
_LARGE = 500.0


@dataclass(frozen=True)
class EffectSize:
    """A standardised difference of `a` and `b`.

    Attributes:
        g: Hedges' g, the estimate without the bias of few runs; None where `reason` says why.
        interval: 95 % confidence interval of the population's effect (not of g, which is nearer to 0).
        n: runs of `a` and of `b`.
        reason: why there is no g.
    """

    g: float | None
    interval: tuple[float, float] | None
    n: tuple[int, int]
    reason: str | None = None


def hedges_g(a: Mapping[int, float], b: Mapping[int, float]) -> EffectSize:
    """Difference of means over the root of the mean of both variances: what goes with Welch's test.

    A denominator of pooled variance would change with the numbers of runs where the spreads differ, and that of one
    side would make the effect depend on which method is called the baseline (Delacre et al. 2021, "Why Hedges' g*s
    based on the non-pooled standard deviation should be reported with Welch's t-test"). The interval inverts the
    noncentral t distribution of Welch's statistic; it is close to exact for equal spreads and equal numbers of runs.

    Args:
        a: score by seed.
        b: score by seed; the seeds need not be the same.
    """
    test = welch_t(a, b)
    if test.df is None:
        return EffectSize(None, None, test.n, test.reason)
    variances = [variance_of(side) for side in (a, b)]
    error = math.sqrt(sum(variance / n for variance, n in zip(variances, test.n, strict=True)))
    spread = math.sqrt(sum(variances) / 2)
    return _effect(test, error, spread, satterthwaite(variances, [n - 1 for n in test.n]))


def hedges_g_paired(a: Mapping[int, float], b: Mapping[int, float]) -> EffectSize:
    """Mean difference over the standard deviation of the differences, seed by seed; the interval is exact.

    What pairs well has a small spread of differences: compare this effect with other paired ones only.

    Args:
        a: score by seed.
        b: score by seed; only seeds that both have are compared.
    """
    test = paired_t(a, b)
    if test.df is None:
        return EffectSize(None, None, test.n, test.reason)
    spread = math.sqrt(variance_of({seed: a[seed] - b[seed] for seed in a.keys() & b.keys()}))
    return _effect(test, spread / math.sqrt(test.n[0]), spread, test.df)


def _effect(test: TestResult, error: float, spread: float, df: float) -> EffectSize:
    """From the standard error and the denominator, which has `df` degrees of freedom."""
    if df < 2 or test.df is None or test.difference is None:
        return EffectSize(None, None, test.n, "too few runs: an effect size needs two degrees of freedom")
    t = test.difference / error
    limits = [_noncentrality(test.df, p, t) * error / spread for p in (1 - LEVEL / 2, LEVEL / 2)]
    return EffectSize(_unbiased(df) * test.difference / spread, (limits[0], limits[1]), test.n)


def _noncentrality(df: float, p: float, t: float) -> float:
    """The noncentrality under which a statistic is at most `t` with chance `p`."""
    if abs(t) < _LARGE:
        return float(nctdtrinc(df, p, t))
    return t * math.sqrt(chdtri(df, p if t > 0 else 1 - p) / df)


def _unbiased(df: float) -> float:
    """What Cohen's d has to be multiplied by (Hedges 1981, equation 6e)."""
    return math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2)
