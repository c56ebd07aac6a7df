"""t-tests of the difference between two methods over their seeds.

Scores are fractions, one per seed. Results are not rounded; a test that cannot be made has a reason instead of a
p-value.

The distributions are those of scipy.special, and the tests check the results against `scipy.stats.ttest_ind` and
`ttest_rel`. These are not called, because every report needs the tests: importing scipy.stats takes two to three times
as long as scipy.special, and a test several times as long. Scipy also does not recognise scores that differ only by
rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, variance

from scipy.special import stdtr, stdtrit

LEVEL = 0.05
CONFIDENCE = 1 - LEVEL
# Below this number of runs a verdict has a warning; below FEWEST_SEEDS of `results/manifest.py` there is none.
FEW_SEEDS = 5
# Relative floating-point error of scores that are equal in exact arithmetic.
_ROUNDING = 1e-12
# Sample variance and number of runs.
_Side = tuple[float, int]


@dataclass(frozen=True)
class TestResult:
    """A two-sided t-test of `a` against `b`.

    Attributes:
        difference: mean of `a` minus mean of `b`; None when a side is empty.
        interval: 95 % confidence interval of the difference; None without a spread.
        p: two-sided; None when it cannot be computed, for the reason given in `reason`.
        df: degrees of freedom.
        n: numbers of compared runs of `a` and `b` (equal when paired).
        reason: why there is no p.
        error: standard error of the difference; None without a p.
        identical: whether both sides have the same scores, or the same counts, in every run.
    """

    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    df: float | None
    n: tuple[int, int]
    reason: str | None = None
    error: float | None = None
    identical: bool = False

    __test__ = False  # not a test class of pytest

    def interval_at(self, level: float) -> tuple[float, float] | None:
        """The confidence interval that excludes 0 exactly if p is below `level`; None without a p."""
        if self.difference is None or self.df is None or self.error is None:
            return None
        half = float(stdtrit(self.df, 1 - level / 2)) * self.error
        return self.difference - half, self.difference + half


def paired_t(a: Mapping[int, float], b: Mapping[int, float]) -> TestResult:
    """Student's t-test on the differences by seed.

    Args:
        a: score by seed.
        b: score by seed; only shared seeds are compared.
    """
    seeds = sorted(a.keys() & b.keys())
    n = len(seeds)
    if not seeds:
        return TestResult(None, None, None, None, (0, 0), "no seed in common")
    differences = [a[seed] - b[seed] for seed in seeds]
    mean = fmean(differences)
    if n < 2:
        return TestResult(mean, None, None, None, (n, n), "one seed in common has no spread")
    error = math.sqrt(_variance(differences, [*a.values(), *b.values()]) / n)
    if not error:
        reason, same = "the difference is the same for every seed", not is_distinct(mean)
        return TestResult(mean, None, None, None, (n, n), reason, identical=same)
    return t_result(mean, error, n - 1, (n, n))


def welch_t(a: Mapping[int, float], b: Mapping[int, float]) -> TestResult:
    """Welch's t-test for unequal variances, degrees of freedom by Welch-Satterthwaite: half of a verdict.

    Two methods with the same seed share little but the order of the data, so their runs are treated as independent.

    Args:
        a: score by seed.
        b: score by seed; the seeds may differ.
    """
    return _independent(a, b, _separate_variances)


def student_t(a: Mapping[int, float], b: Mapping[int, float]) -> TestResult:
    """Student's t-test with the pooled variance of both sides, as papers report it.

    Its false positive rate exceeds 5 % where the method with fewer runs has the larger variance; Welch's does not.

    Args:
        a: score by seed.
        b: score by seed; the seeds may differ.
    """
    return _independent(a, b, _pooled_variance)


def is_distinct(value: float) -> bool:
    """Whether a difference of scores, or an error of one, is more than the rounding of equal scores."""
    return abs(value) > _ROUNDING


def satterthwaite(parts: Sequence[float], dfs: Sequence[float]) -> float:
    """Degrees of freedom of a sum of estimated variances (Satterthwaite 1946).

    Args:
        parts: independent variance estimates, not all 0.
        dfs: degrees of freedom of each estimate.
    """
    return sum(parts) ** 2 / sum(part**2 / df for part, df in zip(parts, dfs, strict=True))


def variance_of(scores: Mapping[int, float]) -> float:
    """Sample variance over at least two seeds; exactly 0 where scores differ only by rounding."""
    return _variance([*scores.values()], [*scores.values()])


def _independent(
    a: Mapping[int, float], b: Mapping[int, float], error: Callable[[_Side, _Side], tuple[float, float]]
) -> TestResult:
    n = (len(a), len(b))
    if not a or not b:
        return TestResult(None, None, None, None, n, "no finished run on one side")
    mean = fmean(a.values()) - fmean(b.values())
    if min(n) < 2:
        return TestResult(mean, None, None, None, n, "a single run has no spread")
    sides = (variance_of(a), len(a)), (variance_of(b), len(b))
    if not any(variance for variance, _ in sides):
        return TestResult(mean, None, None, None, n, "no spread on either side", identical=not is_distinct(mean))
    squared, df = error(*sides)
    return t_result(mean, math.sqrt(squared), df, n)


def _separate_variances(a: _Side, b: _Side) -> tuple[float, float]:
    """Squared standard error and degrees of freedom with a variance for each side."""
    shares = [variance / n for variance, n in (a, b)]
    return sum(shares), satterthwaite(shares, [n - 1 for _, n in (a, b)])


def _pooled_variance(a: _Side, b: _Side) -> tuple[float, float]:
    """Squared standard error and degrees of freedom with the same variance for both sides."""
    df = a[1] + b[1] - 2
    pooled = sum(variance * (n - 1) for variance, n in (a, b)) / df
    return pooled * (1 / a[1] + 1 / b[1]), df


def _variance(values: Sequence[float], scale: Sequence[float]) -> float:
    """Sample variance; exactly 0 where it is within the rounding error of numbers as large as those of `scale`."""
    exact = _exact_variance(tuple(values))
    return exact if math.sqrt(exact) > _ROUNDING * max(map(abs, scale)) else 0.0


# `statistics.variance` is exact and slow; every row is tested against the same baseline, with several tests.
@lru_cache(maxsize=1 << 12)
def _exact_variance(values: tuple[float, ...]) -> float:
    return variance(values)


def t_result(mean: float, error: float, df: float, n: tuple[int, int]) -> TestResult:
    """The result of a t-test from the difference, its standard error and the degrees of freedom."""
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    p = float(2 * stdtr(df, -abs(mean) / error))
    return TestResult(mean, (mean - half, mean + half), p, df, n, error=error)
