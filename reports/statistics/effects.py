"""Effect sizes: differences in units of the standard deviation of runs.

An effect of 1 means that the means are one standard deviation apart. Scores are fractions, one per seed. Scipy has no
effect sizes; the noncentral t distribution is that of scipy.special.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import chdtri, gammaln, nctdtrinc

from mnerbench.reports.statistics.ttests import LEVEL, TestResult, paired_t, satterthwaite, variance_of, welch_t

# Above it scipy's inverse may not terminate; the approximation for large t has an error below 0.1 %.
_LARGE = 500.0


@dataclass(frozen=True)
class EffectSize:
    """A standardised difference of `a` and `b`.

    Attributes:
        g: Hedges' g, corrected for the bias of small samples; None for the reason given in `reason`.
        interval: 95 % confidence interval of the population's effect (not of g, which is nearer to 0).
        n: numbers of runs of `a` and `b`.
        reason: why there is no g.
    """

    g: float | None
    interval: tuple[float, float] | None
    n: tuple[int, int]
    reason: str | None = None


def hedges_g(a: Mapping[int, float], b: Mapping[int, float]) -> EffectSize:
    """Difference of means divided by the root of the mean of both variances: the effect size for Welch's test.

    With pooled variance, the denominator would depend on the numbers of runs where the spreads differ; with the
    variance of one side, the effect would depend on which method is the baseline (Delacre et al. 2021, "Why Hedges' g*s
    based on the non-pooled standard deviation should be reported with Welch's t-test"). The interval inverts the
    noncentral t distribution of Welch's statistic; it is nearly exact for equal spreads and equal numbers of runs.

    Args:
        a: score by seed.
        b: score by seed; the seeds may differ.
    """
    test = welch_t(a, b)
    if test.df is None:
        return EffectSize(None, None, test.n, test.reason)
    variances = [variance_of(side) for side in (a, b)]
    error = math.sqrt(sum(variance / n for variance, n in zip(variances, test.n, strict=True)))
    spread = math.sqrt(sum(variances) / 2)
    return _effect(test, error, spread, satterthwaite(variances, [n - 1 for n in test.n]))


def hedges_g_paired(a: Mapping[int, float], b: Mapping[int, float]) -> EffectSize:
    """Mean difference divided by the standard deviation of the differences by seed; the interval is exact.

    The stronger the pairing, the smaller the spread of the differences: compare this effect only with paired ones.

    Args:
        a: score by seed.
        b: score by seed; only shared seeds are compared.
    """
    test = paired_t(a, b)
    if test.df is None:
        return EffectSize(None, None, test.n, test.reason)
    spread = math.sqrt(variance_of({seed: a[seed] - b[seed] for seed in a.keys() & b.keys()}))
    return _effect(test, spread / math.sqrt(test.n[0]), spread, test.df)


def _effect(test: TestResult, error: float, spread: float, df: float) -> EffectSize:
    """The effect size from the standard error and the denominator `spread`, which has `df` degrees of freedom."""
    if df < 2 or test.df is None or test.difference is None:
        return EffectSize(None, None, test.n, "too few runs: an effect size needs two degrees of freedom")
    t = test.difference / error
    limits = [_noncentrality(test.df, p, t) * error / spread for p in (1 - LEVEL / 2, LEVEL / 2)]
    return EffectSize(_unbiased(df) * test.difference / spread, (limits[0], limits[1]), test.n)


def _noncentrality(df: float, p: float, t: float) -> float:
    """The noncentrality under which a statistic is at most `t` with probability `p`."""
    if abs(t) < _LARGE:
        return float(nctdtrinc(df, p, t))
    return t * math.sqrt(chdtri(df, p if t > 0 else 1 - p) / df)


def _unbiased(df: float) -> float:
    """The factor that removes the bias of Cohen's d (Hedges 1981, equation 6e)."""
    return math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2)
