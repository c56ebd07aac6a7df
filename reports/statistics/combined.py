"""Would the difference hold with other seeds and on other tweets?"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from mnerbench.reports.statistics.ttests import CONFIDENCE, satterthwaite
from mnerbench.reports.statistics.tweets import Counts, ResamplingResult, Scores, micro_f1, observed, sums, untested


def combined_t(a: Counts, b: Counts) -> ResamplingResult:
    """Would the methods differ with other seeds and on other tweets?

    A t-test whose squared standard error is that of Welch's test over seeds plus what tweets add to it, with
    Satterthwaite's degrees of freedom. What tweets add is the variance of the difference over tweets less the part of
    it that belongs to single runs, which the spread over seeds holds already: the variance of a two-way random layout
    (Cameron, Gelbach and Miller 2011, two-way clustering), never taken below 0. Its null: the methods score alike over
    all seeds and tweets.

    The variance over tweets is that of the linear part of micro F1 (the infinitesimal jackknife, Efron 1982), which a
    bootstrap of any length only approaches. Drawing the few seeds with replacement as well would take (n - 1) / n of
    their variance for the whole and count what belongs to single runs several times over.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; the seeds need not be the same.

    Raises:
        ValueError: these are not counts of two methods on the same tweets.
    """
    if (result := untested(a, b, 1)) is not None:
        return result
    n, tweets, difference = (len(a), len(b)), a.shape[1], observed(a, b)
    if min(n) < 2:
        return ResamplingResult(difference, None, None, n, tweets, 0, "a single run has no spread")
    own, other = linear_parts(a), linear_parts(b)
    over_tweets = _variance(own.mean(0) - other.mean(0)) - sum(
        _variance(side - side.mean(0)).sum() / (len(side) - 1) / len(side) for side in (own, other)
    )
    over_seeds = [float(micro_f1(sums(side).sum(0)).var(ddof=1)) / len(side) for side in (a, b)]
    parts = [*over_seeds, max(0.0, float(over_tweets))]
    if not any(parts):
        return ResamplingResult(difference, None, None, n, tweets, 0, "no spread over seeds or tweets")
    error, df = math.sqrt(sum(parts)), satterthwaite(parts, [n[0] - 1, n[1] - 1, tweets - 1])
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    p = float(2 * stdtr(df, -abs(difference) / error))
    return ResamplingResult(difference, (difference - half, difference + half), p, n, tweets, 0)


def linear_parts(counts: Counts) -> Scores:
    """By how much each tweet moves micro F1, [runs, tweets]; sums to 0 for every run.

    The derivative of F1 = 2 · correct / (predicted + gold) with regard to the weight of a tweet.
    """
    correct, size = counts[:, :, 0].astype(np.float64), counts[:, :, 1:].sum(2).astype(np.float64)
    whole = np.maximum(size.sum(1), 1.0)
    score = 2 * correct.sum(1) / whole
    parts: Scores = (2 * correct - score[:, None] * size) / whole[:, None]
    return parts


def _variance(parts: Scores) -> Scores:
    """Variance over tweets of the sums of such parts, along the last axis."""
    found: Scores = parts.shape[-1] * parts.var(axis=-1, ddof=1)
    return found
