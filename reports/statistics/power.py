"""Power of verdicts: detectable differences and required numbers of seeds.

Power is the probability that a verdict finds a true difference: that both tests of a claim are significant at the level
of the family's first test. Spreads are estimates from few runs, so power is a mean over the spreads that are plausible
given the estimates (their fiducial distribution), over the spreads that new runs would show, and over their means. The
mean is taken over a fixed Latin hypercube of quantiles, so it is deterministic; its error is below one point of power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtr, stdtrit

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.statistics.ttests import LEVEL

POWER = 0.8
MOST_SEEDS = 1_000
_POINTS = 2_000
_ROUNDS = 40  # of bisection

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Spreads:
    """The spreads of a comparison.

    Attributes:
        stds: standard deviations over seeds: of both sides, or of the differences of paired runs.
        n: numbers of runs that these were estimated from.
        tweets: squared standard error of the difference that tweets add; it does not shrink with more seeds.
    """

    stds: tuple[float, ...]
    n: tuple[int, ...]
    tweets: float = 0.0

    def __post_init__(self) -> None:
        if min(self.n) < 2:
            raise ValueError(f"{min(self.n)} runs on a side: power needs at least two on each")
        if min(self.stds) < 0 or self.tweets < 0 or not (max(self.stds) or self.tweets):
            raise ValueError(f"spreads of {self.stds} and {self.tweets}: none may be negative, nor all 0")


@dataclass(frozen=True)
class PowerCase:
    """A comparison whose power is computed when it is asked for, since few views print it.

    Attributes:
        spreads: of the comparison.
        difference: the observed one, shrunk towards 0.
        level: of its test with the runs that there are; None if none is planned with so many.
        last_level: of the test of its last look, or of its only one.
    """

    spreads: Spreads
    difference: float
    level: float | None
    last_level: float

    @property
    def detectable(self) -> float | None:
        """The true difference that a verdict finds with a probability of 80 %; None without a test, or from 1 on."""
        difference = detectable_difference(self.spreads, self.level) if self.level is not None else None
        return difference if difference is not None and difference < 1 else None

    @property
    def needed(self) -> int | None:
        """Runs per side with which a verdict finds the difference; None above `MOST_SEEDS`."""
        return seeds_needed(self.spreads, self.difference, self.last_level)


@lru_cache(maxsize=1 << 12)
def detectable_difference(spreads: Spreads, level: float = LEVEL, power: float = POWER) -> float:
    """The true difference that a verdict finds with probability `power`, with as many runs as there are.

    Args:
        spreads: of the comparison.
        level: of each test; in a family, that of Holm's first step, 5 % divided by the number of tests.
        power: in (0, 1).

    Raises:
        ValueError: `power` is out of range.
    """
    if not 0 < power < 1:
        raise ValueError(f"a power of {power} is not in (0, 1)")
    margins, errors = _new_runs(spreads, spreads.n, level)
    low, high = 0.0, float(np.max(margins + 10 * errors))
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if _power(middle, margins, errors) < power else (low, middle)
    return high


@lru_cache(maxsize=1 << 12)
def seeds_needed(spreads: Spreads, difference: float, level: float = LEVEL, power: float = POWER) -> int | None:
    """The number of runs per side with which a verdict finds a true difference, at least `FEWEST_SEEDS`.

    Args:
        spreads: of the comparison.
        difference: the true one; the sign does not matter.
        level: of each test, as for `detectable_difference`.
        power: in (0, 1).

    Returns:
        The smallest sufficient number, or None above `MOST_SEEDS`: for no difference, or if the tweets of the test set
        are too few for it.
    """
    low, high = FEWEST_SEEDS, MOST_SEEDS

    def suffices(runs: int) -> bool:
        new = tuple(runs for _ in spreads.n)
        return _power(abs(difference), *_new_runs(spreads, new, level)) >= power

    if not suffices(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low


def shrunken(difference: float, error: float) -> float:
    """A difference shrunk towards 0, by the positive-part estimator of James and Stein for one mean.

    An estimate is too large on average if it was noticed because of its size.
    """
    return difference * max(0.0, 1 - (error / difference) ** 2) if difference else 0.0


def _power(difference: float, margins: Numbers, errors: Numbers) -> float:
    """Significance with the wrong sign is neglected."""
    return float(ndtr((difference - margins) / errors).mean())


def _new_runs(spreads: Spreads, new: Sequence[int], level: float) -> tuple[Numbers, Numbers]:
    """What a difference has to exceed with new runs, and its true standard error, over plausible spreads."""
    df = sum(n - 1 for n in spreads.n)
    # One factor for both sides: two would double the uncertainty of spreads that are nearly the same.
    plausible = df / _chi_squared(df, 1 + len(spreads.stds), 0)
    true: list[Numbers] = []
    estimated: list[Numbers] = []
    for side, (std, runs) in enumerate(zip(spreads.stds, new, strict=True), start=1):
        variance = std**2 * plausible
        true.append(variance / runs)
        estimated.append(variance * _chi_squared(runs - 1, 1 + len(spreads.stds), side) / (runs - 1) / runs)
    dfs = [runs - 1 for runs in new]
    over_seeds = _margin(estimated, dfs, level)
    # Degrees of freedom of the part of tweets are thousands, so that they do not matter.
    over_both = _margin([*estimated, np.full(_POINTS, spreads.tweets)], [*dfs, math.inf], level)
    return np.maximum(over_seeds, over_both), np.sqrt(sum(true, np.full(_POINTS, spreads.tweets)))


def _margin(variances: Sequence[Numbers], dfs: Sequence[float], level: float) -> Numbers:
    """The half width of a confidence interval, from estimates of the variances that its error consists of."""
    total = np.sum(variances, axis=0)
    parts = np.sum([part**2 / df for part, df in zip(variances, dfs, strict=True)], axis=0)
    df = np.divide(total**2, parts, out=np.full_like(total, 1e9), where=parts > 0)
    margin: Numbers = stdtrit(df, 1 - level / 2) * np.sqrt(total)
    return margin


@lru_cache(maxsize=256)
def _chi_squared(df: int, dimensions: int, dimension: int) -> Numbers:
    """Values of a chi-squared variable at one coordinate of the hypercube's points."""
    values: Numbers = chdtri(df, _hypercube(dimensions)[dimension])
    return values


@lru_cache(maxsize=8)
def _hypercube(dimensions: int) -> Numbers:
    """Points of a Latin hypercube, [dimensions, points]: each row has the same quantiles, in an order of its own."""
    random, quantiles = np.random.default_rng(0), (np.arange(_POINTS) + 0.5) / _POINTS
    return np.stack([random.permutation(quantiles) for _ in range(dimensions)])
