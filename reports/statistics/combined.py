"""A t-test of the difference over seeds and tweets together, which scipy does not have."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from mnerbench.reports.statistics.ttests import CONFIDENCE, satterthwaite
from mnerbench.reports.statistics.tweets import Counts, ResamplingResult, Scores, micro_f1, observed, sums, untested


def combined_t(a: Counts, b: Counts) -> ResamplingResult:
    """Test whether the methods would differ with other seeds and on other tweets.

    A t-test whose squared standard error is that of Welch's test over seeds plus what tweets add to it, with
    Satterthwaite's degrees of freedom. Tweets add the variance of the difference over tweets minus the part that
    belongs to single runs, which the spread over seeds already contains: the variance of a two-way random layout
    (Cameron, Gelbach and Miller 2011, two-way clustering), truncated at 0. Null hypothesis: the methods score alike
    over all seeds and tweets.

    The variance over tweets is that of the linear part of micro F1 (the infinitesimal jackknife, Efron 1982), the limit
    of a bootstrap with many resamples. Resampling the few seeds as well would underestimate their variance by a factor
    of (n - 1) / n and count the part that belongs to single runs several times.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; the seeds may differ.

    Raises:
        ValueError: the arrays are not counts of two methods on the same tweets.
    """
    if (result := untested(a, b, 1)) is not None:
        return result
    n, tweets, difference = (len(a), len(b)), a.shape[1], observed(a, b)
    if min(n) < 2:
        return ResamplingResult(difference, None, None, n, tweets, 0, "a single run has no spread")
    parts_a, parts_b = linear_parts(a), linear_parts(b)
    over_tweets = _variance(parts_a.mean(0) - parts_b.mean(0)) - sum(
        _variance(side - side.mean(0)).sum() / (len(side) - 1) / len(side) for side in (parts_a, parts_b)
    )
    over_seeds = [float(micro_f1(sums(side).sum(0)).var(ddof=1)) / len(side) for side in (a, b)]
    variances = [*over_seeds, max(0.0, float(over_tweets))]
    if not any(variances):
        return ResamplingResult(difference, None, None, n, tweets, 0, "no spread over seeds or tweets")
    error, df = math.sqrt(sum(variances)), satterthwaite(variances, [n[0] - 1, n[1] - 1, tweets - 1])
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    p = float(2 * stdtr(df, -abs(difference) / error))
    return ResamplingResult(difference, (difference - half, difference + half), p, n, tweets, 0)


def linear_parts(counts: Counts) -> Scores:
    """The influence of each tweet on micro F1, float [runs, tweets]; sums to 0 for every run.

    The derivative of F1 = 2 · correct / (predicted + gold) with respect to the weight of a tweet.
    """
    correct, size = counts[:, :, 0].astype(np.float64), counts[:, :, 1:].sum(2).astype(np.float64)
    whole = np.maximum(size.sum(1), 1.0)
    score = 2 * correct.sum(1) / whole
    parts: Scores = (2 * correct - score[:, None] * size) / whole[:, None]
    return parts


def _variance(parts: Scores) -> Scores:
    """Variance, over tweets, of the sum of such parts along the last axis."""
    variance: Scores = parts.shape[-1] * parts.var(axis=-1, ddof=1)
    return variance
