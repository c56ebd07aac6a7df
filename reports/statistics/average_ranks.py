"""Ranks of methods over datasets: Friedman's test and Nemenyi's critical difference (Demšar 2006).

The sample is the datasets, not the seeds. scipy.stats has all three functions, but importing it takes as long as the
rest of a report of 100 runs; the tests compare with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, ndtr

from mnerbench.reports.statistics.ttests import LEVEL

# Friedman's test and Nemenyi's can hardly find anything on fewer datasets; a diagram would only look like a finding.
FEWEST_DATASETS = 5
FEWEST_METHODS = 3
_NODES = 200  # of the quadrature of the studentized range; the error of its quantile is below 1e-9
_WIDEST = 9.0  # standard deviations that it integrates over
_MOST_RANGE = 20.0  # exceeded by the range of 100 values with a probability of 1e-40


@dataclass(frozen=True)
class AverageRanks:
    """Methods by their average rank over datasets.

    Attributes:
        methods: names, the best first.
        ranks: average rank of each, 1 for the best; equal scores share the mean of their ranks.
        datasets: number of datasets.
        p: of Friedman's test in Iman and Davenport's version: all methods are alike.
        critical: difference of average ranks that Nemenyi's test calls significant at 5 %, over all pairs.
        groups: index of the first and of the last method of every largest group without a significant difference; of at
            least two methods. All methods are one group if Friedman's test is not significant.
    """

    methods: tuple[str, ...]
    ranks: tuple[float, ...]
    datasets: int
    p: float
    critical: float
    groups: tuple[tuple[int, int], ...]


def average_ranks(methods: Sequence[str], scores: Sequence[Sequence[float]]) -> AverageRanks:
    """Rank methods on every dataset, and test the average ranks.

    Args:
        methods: names.
        scores: [datasets, methods], higher is better.

    Raises:
        ValueError: there are fewer than three methods or five datasets, or a score is not a number.
    """
    array = np.asarray(scores, dtype=np.float64)
    datasets, size = array.shape if array.ndim == 2 else (len(array), 0)
    if datasets < FEWEST_DATASETS or size < FEWEST_METHODS or size != len(methods) or not np.isfinite(array).all():
        raise ValueError(
            f"ranks need scores of {FEWEST_METHODS} methods on {FEWEST_DATASETS} datasets, not {array.shape}"
        )
    means = _ranks(array).mean(0)
    order = sorted(range(size), key=lambda index: (means[index], methods[index]))
    ranks = tuple(float(means[index]) for index in order)
    p, critical = friedman_p(array), critical_difference(size, datasets)
    groups = _groups(ranks, critical) if p < LEVEL else ((0, size - 1),)
    return AverageRanks(tuple(methods[index] for index in order), ranks, datasets, p, critical, groups)


def _ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks within each dataset, 1 for the highest score; equal scores share the mean of their ranks.

    Args:
        scores: [datasets, methods].
    """
    above = (scores[:, None, :] > scores[:, :, None]).sum(2)
    equal = (scores[:, None, :] == scores[:, :, None]).sum(2)
    return np.asarray(above + (equal + 1) / 2, dtype=np.float64)


def friedman_p(scores: NDArray[np.float64]) -> float:
    """The p of Friedman's test that all methods are alike, corrected for ties (Demšar 2006, section 3.2.2).

    In Iman and Davenport's version: the chi-squared approximation finds less than its level allows on few datasets.

    Args:
        scores: [datasets, methods].
    """
    datasets, methods = scores.shape
    if (scores == scores[:, :1]).all():  # no dataset tells the methods apart
        return 1.0
    deviations = _ranks(scores) - (methods + 1) / 2
    # Without ties the sum of squares is N k (k² - 1) / 12, and this the textbook's formula.
    statistic = (methods - 1) * float((deviations.sum(0) ** 2).sum()) / float((deviations**2).sum())
    room = datasets * (methods - 1) - statistic
    if room <= 1e-9 * datasets * methods:  # the same order on every dataset
        return 0.0
    f = (datasets - 1) * statistic / room
    return float(fdtrc(methods - 1, (methods - 1) * (datasets - 1), f))


@cache
def critical_difference(methods: int, datasets: int) -> float:
    """Nemenyi's critical difference of average ranks at 5 %: q √(k (k + 1) / 6 N), q of the studentized range."""
    return _range_quantile(methods) / math.sqrt(2) * math.sqrt(methods * (methods + 1) / (6 * datasets))


@cache
def _range_quantile(size: int) -> float:
    """The range of `size` standard normal values that is exceeded in 5 %, by bisection."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    smallest = _WIDEST * nodes
    density = _WIDEST * weights * np.exp(-(smallest**2) / 2) / math.sqrt(2 * math.pi)
    low, high = 0.0, _MOST_RANGE
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        below = size * float(density @ (ndtr(smallest + middle) - ndtr(smallest)) ** (size - 1))
        low, high = (low, middle) if below > 1 - LEVEL else (middle, high)
    return high


def _groups(ranks: Sequence[float], critical: float) -> tuple[tuple[int, int], ...]:
    """The largest runs of sorted ranks that span less than the critical difference."""
    groups: list[tuple[int, int]] = []
    for first, rank in enumerate(ranks):
        last = max(index for index, other in enumerate(ranks) if other - rank < critical)
        if last > first and (not groups or last > groups[-1][1]):
            groups.append((first, last))
    return tuple(groups)
