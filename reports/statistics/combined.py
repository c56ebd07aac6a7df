"""t-tests of the difference over seeds and tweets together, which scipy does not have.

The squared standard error is that of the test over seeds plus what tweets add to it, with Satterthwaite's degrees of
freedom. Tweets add the variance of the difference over tweets minus the part that belongs to single runs, which the
spread over seeds already contains: the variance of a two-way random layout (Cameron, Gelbach and Miller 2011, two-way
clustering), truncated at 0.

The variance over tweets is that of the linear part of micro F1 (the infinitesimal jackknife, Efron 1982), the limit of
a bootstrap with many resamples. Resampling the few seeds as well would underestimate their variance by a factor of
(n - 1) / n and count the part that belongs to single runs several times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnerbench.reports.statistics.ttests import TestResult, is_distinct, satterthwaite, t_result
from mnerbench.reports.statistics.tweets import Counts, Scores, micro_f1, observed, sums, untested


def combined_t(a: Counts, b: Counts) -> TestResult:
    """Test whether two methods would differ with other seeds and on other tweets; their runs are independent.

    Null hypothesis: the methods score alike over all seeds and tweets.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; the seeds may differ.

    Raises:
        ValueError: the arrays are not counts of two methods on the same tweets.
    """
    if (result := _untested(a, b)) is not None:
        return result
    return combined_t_of(side_of(a), side_of(b))


@dataclass(frozen=True)
class Side:
    """What `combined_t` needs of a method, so that many pairs of methods need each only once.

    Attributes:
        f1: mean micro F1.
        seeds: squared standard error of the mean over seeds.
        parts: mean influence of each tweet, float [tweets].
        of_runs: the part of the variance over tweets that belongs to single runs.
        n: number of runs.
    """

    f1: float
    seeds: float
    parts: Scores
    of_runs: float
    n: int


def side_of(counts: Counts) -> Side:
    """Summarise the counts [seeds, tweets, 3] of at least two runs."""
    f1, parts = _f1(counts), linear_parts(counts)
    return Side(float(f1.mean()), float(f1.var(ddof=1)) / len(counts), parts.mean(0), _of_runs(parts), len(counts))


def combined_t_of(a: Side, b: Side) -> TestResult:
    """`combined_t` of two methods on the same tweets."""
    over_tweets = float(_variance(a.parts - b.parts)) - a.of_runs - b.of_runs
    dfs = [a.n - 1, b.n - 1, len(a.parts) - 1]
    return _result(a.f1 - b.f1, [a.seeds, b.seeds, over_tweets], dfs, (a.n, b.n))


def combined_paired_t(a: Counts, b: Counts) -> TestResult:
    """Test whether two views of the same weights would score differently with other seeds and on other tweets.

    Null hypothesis: both views score alike over all seeds and tweets.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts of the same runs on the same tweets, in the same order.

    Raises:
        ValueError: the arrays are not counts of two views of the same runs on the same tweets.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs against {len(b)}: both views need the same runs")
    if (result := _untested(a, b)) is not None:
        return result
    parts = linear_parts(a) - linear_parts(b)
    over_tweets = _variance(parts.mean(0)) - _of_runs(parts)
    over_seeds = float((_f1(a) - _f1(b)).var(ddof=1)) / len(a)
    dfs = [len(a) - 1, a.shape[1] - 1]
    return _result(observed(a, b), [over_seeds, float(over_tweets)], dfs, (len(a), len(b)))


def _untested(a: Counts, b: Counts) -> TestResult | None:
    """The result without p if there is no test, else None."""
    n = (len(a), len(b))
    if (refused := untested(a, b, 1)) is not None:
        same = refused.difference == 0 and a.shape[1] > 1
        return TestResult(refused.difference, None, None, None, n, refused.reason, identical=same)
    if min(n) < 2:
        return TestResult(observed(a, b), None, None, None, n, "a single run has no spread")
    return None


def _result(difference: float, variances: Sequence[float], dfs: Sequence[int], n: tuple[int, int]) -> TestResult:
    """The test from the parts of the squared error, the last of which, over tweets, may be estimated below 0."""
    parts = [*variances[:-1], max(0.0, variances[-1])]
    error = math.sqrt(sum(parts))
    if not is_distinct(error):
        same = not is_distinct(difference)
        return TestResult(difference, None, None, None, n, "no spread over seeds or tweets", identical=same)
    return t_result(difference, error, satterthwaite(parts, dfs), n)


def _f1(counts: Counts) -> Scores:
    """Micro F1 of every run."""
    return micro_f1(sums(counts).sum(0))


def linear_parts(counts: Counts) -> Scores:
    """The influence of each tweet on micro F1, float [runs, tweets]; sums to 0 for every run.

    The derivative of F1 = 2 · correct / (predicted + gold) with respect to the weight of a tweet.
    """
    correct, size = counts[:, :, 0].astype(np.float64), (counts[:, :, 1] + counts[:, :, 2]).astype(np.float64)
    whole = np.maximum(size.sum(1), 1.0)
    score = 2 * correct.sum(1) / whole
    parts: Scores = (2 * correct - score[:, None] * size) / whole[:, None]
    return parts


def _of_runs(parts: Scores) -> float:
    """The part of the variance of the mean over runs that belongs to single runs, from their parts [runs, tweets]."""
    return float(_variance(parts - parts.mean(0)).sum() / (len(parts) - 1) / len(parts))


def _variance(parts: Scores) -> Scores:
    """Variance, over tweets, of the sum of such parts along the last axis."""
    variance: Scores = parts.shape[-1] * parts.var(axis=-1, ddof=1)
    return variance
