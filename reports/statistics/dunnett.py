"""Dunnett's adjustment for comparisons of several methods with one baseline (Dunnett 1955).

It uses that the comparisons share the baseline, and takes all spreads for equal. `scipy.stats.dunnett` gives the same
p-values from random numbers; here the integral over the baseline's mean and the pooled spread is a quadrature, so that
a report is the same every time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtr

from mnerbench.reports.statistics.ttests import variance_of

_NODES = 96  # of the quadratures; the error of p is below 1e-5
_WIDEST = 8.0  # standard errors of the baseline's mean
Numbers = NDArray[np.float64]


def dunnett(methods: Sequence[Mapping[int, float]], baseline: Mapping[int, float]) -> list[float | None]:
    """Two-sided p-values of the differences to the baseline, adjusted for all of them.

    Args:
        methods: scores by seed of each method.
        baseline: scores by seed.

    Returns:
        A p-value per method; None if a side has fewer than two runs, or no side any spread.
    """
    tested = [scores for scores in methods if len(scores) > 1]
    if len(baseline) < 2 or not tested:
        return [None] * len(methods)
    sides = [baseline, *tested]
    df = sum(len(side) - 1 for side in sides)
    pooled = sum(variance_of(side) * (len(side) - 1) for side in sides) / df
    if not pooled:
        return [None] * len(methods)
    loadings = tuple(math.sqrt(len(scores) / (len(scores) + len(baseline))) for scores in tested)
    center = fmean(baseline.values())
    adjusted: list[float | None] = []
    for scores in methods:
        if len(scores) < 2:
            adjusted.append(None)
            continue
        error = math.sqrt(pooled * (1 / len(scores) + 1 / len(baseline)))
        adjusted.append(_exceeds(abs(fmean(scores.values()) - center) / error, loadings, df))
    return adjusted


def _exceeds(t: float, loadings: Sequence[float], df: int) -> float:
    """The probability that the largest of the absolute t statistics is at least `t` if no method differs.

    Args:
        t: the observed statistic.
        loadings: correlation of each statistic with the mean of the baseline.
        df: degrees of freedom of the pooled spread.
    """
    spreads, of_spreads = _pooled_spreads(df)
    means, of_means = _standard_normal()
    inside = np.ones((len(spreads), len(means)))
    limit = (t * spreads)[:, None]
    for loading, number in Counter(loadings).items():
        rest = math.sqrt(1 - loading**2)
        inside *= (ndtr((limit + loading * means) / rest) - ndtr((-limit + loading * means) / rest)) ** number
    return min(1.0, max(0.0, 1 - float(of_spreads @ inside @ of_means)))


@lru_cache(maxsize=64)
def _pooled_spreads(df: int) -> tuple[Numbers, Numbers]:
    """Quantiles of the ratio of the pooled to the true spread, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return np.sqrt(chdtri(df, (nodes + 1) / 2) / df), weights / 2


@lru_cache(maxsize=1)
def _standard_normal() -> tuple[Numbers, Numbers]:
    """Points of the standard normal distribution and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    points = _WIDEST * nodes
    return points, _WIDEST * weights * np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
