"""Is the difference between two methods larger than the noise of their seeds?

Scores are fractions, one per seed. Nothing here rounds; a test that cannot be made has no p-value but a reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

# Not scipy.stats, which takes a second to import.
from scipy.special import stdtr, stdtrit

CONFIDENCE = 0.95
FEW_SEEDS = 5
# Differences of scores that are equal on paper differ by this share of their size in floating point.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class TestResult:
    """A two-sided t-test of `a` against `b`.

    Attributes:
        difference: mean of `a` minus mean of `b`; None when a side is empty.
        interval: 95 % confidence interval of the difference; None without a spread.
        p: two-sided; None when it cannot be computed, `reason` says why.
        df: degrees of freedom.
        n: runs of `a` and of `b` that were compared (the same number twice when paired).
        reason: why there is no p.
    """

    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    df: float | None
    n: tuple[int, int]
    reason: str | None = None

    # The name is a statistician's; pytest need not collect it.
    __test__ = False

    @property
    def warning(self) -> str | None:
        """What to say when there are too few runs; the test is exact, but only a very large effect can show."""
        fewest = min(self.n)
        return f"only {fewest} of at least {FEW_SEEDS} seeds: too few to tell" if fewest < FEW_SEEDS else None


def paired_t(a: Mapping[int, float], b: Mapping[int, float]) -> TestResult:
    """Student's t-test on the differences seed by seed.

    Args:
        a: score by seed.
        b: score by seed; only seeds that both have are compared.
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
        return TestResult(mean, None, None, None, (n, n), "the difference is the same for every seed")
    return _result(mean, error, n - 1, (n, n))


def welch_t(a: Mapping[int, float], b: Mapping[int, float]) -> TestResult:
    """Welch's t-test for unequal variances, degrees of freedom by Welch-Satterthwaite: the primary test.

    Equal seeds pair little more than the order of the data, so the runs of two methods count as independent.

    Args:
        a: score by seed.
        b: score by seed; the seeds need not be the same.
    """
    n = (len(a), len(b))
    if not a or not b:
        return TestResult(None, None, None, None, n, "no finished run on one side")
    mean = fmean(a.values()) - fmean(b.values())
    if min(n) < 2:
        return TestResult(mean, None, None, None, n, "a single run has no spread")
    shares = [_variance([*side.values()], [*side.values()]) / len(side) for side in (a, b)]
    if not any(shares):
        return TestResult(mean, None, None, None, n, "no spread on either side")
    df = sum(shares) ** 2 / sum(share**2 / (len(side) - 1) for share, side in zip(shares, (a, b), strict=True))
    return _result(mean, math.sqrt(sum(shares)), df, n)


def _variance(values: Sequence[float], scale: Sequence[float]) -> float:
    """Sample variance; exactly 0 when what there is comes from rounding numbers as large as those of `scale`."""
    found = variance(values)
    return found if math.sqrt(found) > _ROUNDING * max(map(abs, scale)) else 0.0


def _result(mean: float, error: float, df: float, n: tuple[int, int]) -> TestResult:
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    return TestResult(mean, (mean - half, mean + half), float(2 * stdtr(df, -abs(mean) / error)), df, n)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment (Holm 1979): controls the chance of any false positive in the family.

    Args:
        p_values: None stands for a test that was not made; it is not part of the family.

    Raises:
        ValueError: something is not a probability.
    """
    for p in p_values:
        if p is not None and not 0 <= p <= 1:
            raise ValueError(f"{p} is not a p-value")
    made = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(made):
        highest = max(highest, min(1.0, p * (len(made) - rank)))
        adjusted[place] = highest
    return adjusted
