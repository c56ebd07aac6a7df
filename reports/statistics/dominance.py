"""Almost stochastic order and posterior probabilities: further views of a difference, from five runs per side on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from mnerbench.reports.statistics.ttests import FEW_SEEDS, LEVEL, TestResult

RESAMPLES = 1_000
Numbers = NDArray[np.float64]


def almost_stochastic_order(
    a: Sequence[float], b: Sequence[float], level: float = LEVEL, resamples: int = RESAMPLES, seed: int = 0
) -> float | None:
    """How far the scores of `a` are from being stochastically larger than those of `b`, at most, with confidence.

    The violation ratio is the share of the squared distance between both quantile functions on which that of `a` is
    lower; 0 if every quantile of `a` is higher, 1 if every one of `b` is. Returned is its upper confidence bound by a
    bootstrap (del Barrio et al. 2018; Dror et al. 2019): below 0.5 `a` is almost stochastically larger, and below 0.2
    clearly (Ulmer et al. 2022). The bound is approximate for few runs.

    Args:
        a: scores.
        b: scores.
        level: one minus the confidence; divided by the number of comparisons for all of them together.
        resamples: number of bootstrap resamples.
        seed: of the random generator.

    Returns:
        The bound, in [0, 1]; None with fewer than five runs on a side, or if both have the same quantiles.
    """
    if min(len(a), len(b)) < FEW_SEEDS:
        return None
    random, sides = np.random.default_rng(seed), (np.asarray(a), np.asarray(b))
    observed = float(_violation(sides[0][None], sides[1][None])[0])
    if np.isnan(observed):
        return None
    drawn = (side[random.integers(0, len(side), (resamples, len(side)))] for side in sides)
    violations = _violation(*drawn)
    spread = float(np.nanstd(violations, ddof=1))
    return float(np.clip(observed - spread * ndtri(level), 0.0, 1.0))


def _violation(a: Numbers, b: Numbers) -> Numbers:
    """The violation ratios of samples [resamples, runs]; nan if all quantiles are equal."""
    edges = np.unique(np.concatenate([np.arange(n + 1) / n for n in (a.shape[1], b.shape[1])]).round(12))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    first, second = (np.sort(side)[:, (middles * side.shape[1]).astype(int)] for side in (a, b))
    squares = (first - second) ** 2 * widths
    total = squares.sum(1)
    lower = np.where(first < second, squares, 0.0).sum(1)
    ratios: Numbers = np.divide(lower, total, out=np.full_like(total, np.nan), where=total > 0)
    return ratios


def region_probabilities(test: TestResult, margin: float) -> tuple[float, float, float] | None:
    """The probabilities that the true difference is below the margin's region, within it, and above it.

    The posterior of a difference with the reference prior is its t distribution: exactly for paired runs (Benavoli et
    al. 2017), nearly for independent ones (Behrens and Fisher's problem with Welch's degrees of freedom).

    Args:
        test: a t-test of the difference.
        margin: largest irrelevant difference.

    Returns:
        Three probabilities that sum to 1; None without a test, or with fewer than five runs on a side.
    """
    if test.difference is None or test.error is None or test.df is None or min(test.n) < FEW_SEEDS:
        return None
    below = float(stdtr(test.df, (-margin - test.difference) / test.error))
    above = float(stdtr(test.df, (test.difference - margin) / test.error))
    return below, max(0.0, 1 - below - above), above
