"""Would the difference hold on other tweets, and would it with other seeds as well?

The statistic is the mean over seeds of micro F1, of `a` minus that of `b`. Nothing here rounds; a test that cannot be
made has no p-value but a reason. What is said of coverage was measured as docs/statistics.md says.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr, stdtrit

from mnerbench.reports.statistics.ttests import CONFIDENCE, LEVEL, satterthwaite
from mnerbench.reports.statistics.tweets import (
    Counts,
    ResamplingResult,
    Scores,
    chunks,
    micro_f1,
    observed,
    redrawn_f1,
    sums,
    untested,
)

RESAMPLES = 10_000
# Differences that are equal on paper differ by less in floating point.
_ROUNDING = 1e-12


def paired_bootstrap(a: Counts, b: Counts, resamples: int = RESAMPLES, seed: int = 0) -> ResamplingResult:
    """Would these trained models differ on other tweets of the same kind? Nothing is said about other seeds.

    Tweets are drawn with replacement, the same for all runs of both sides (Efron and Tibshirani 1993, §13.3: percentile
    interval). p is the smallest level at which that interval leaves out 0: twice the smaller share of resamples on one
    side of 0, both counted with the observed one. Its null: the models score alike on the population of tweets.
    Coverage of the interval in simulation: 0.934 to 0.955, on 400 tweets.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; the numbers of seeds may differ.
        resamples: how many times tweets are drawn.
        seed: of the drawing.

    Raises:
        ValueError: these are not counts of two methods on the same tweets.
    """
    if (result := untested(a, b, resamples)) is not None:
        return result
    drawn = np.subtract(*(side.mean(1) for side in redrawn_f1(a, b, resamples, seed)))
    low, high = np.quantile(drawn, (LEVEL / 2, 1 - LEVEL / 2))
    fewest = min(np.sum(drawn <= _ROUNDING), np.sum(drawn >= -_ROUNDING))
    p = min(1.0, 2 * float(1 + fewest) / (resamples + 1))
    return _result(a, b, (float(low), float(high)), p, resamples)


def approximate_randomization(a: Counts, b: Counts, resamples: int = RESAMPLES, seed: int = 0) -> ResamplingResult:
    """Could these outputs come from either side alike? Nothing is said about other seeds.

    All runs' outputs of a tweet change sides together, with chance one half (Noreen 1989). p is the share of such swaps
    with a difference as large, the observed one counted in (Phipson and Smyth 2010), so never 0. Its null: for every
    tweet the outputs of the two sides are exchangeable.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; run `i` of `a` changes places with run `i` of `b`.
        resamples: how many times tweets are swapped.
        seed: of the swapping.

    Raises:
        ValueError: these are not counts of two methods on the same tweets, or the sides differ in their number of runs:
            hand over those of the shared seeds.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} runs against {len(b)}: runs swap in pairs; hand over those of the shared seeds")
    if (result := untested(a, b, resamples)) is not None:
        return result
    random, gap, tweets = np.random.default_rng(seed), sums(a) - sums(b), a.shape[1]
    least, as_large = abs(observed(a, b)) - _ROUNDING, 0
    for rows in chunks(resamples, tweets):
        bits = np.frombuffer(random.bytes(-(-rows * tweets // 8)), np.uint8)
        moved = np.unpackbits(bits, count=rows * tweets).reshape(rows, tweets).astype(np.float64) @ gap
        swapped = micro_f1(sums(a).sum(0) - moved).mean(1) - micro_f1(sums(b).sum(0) + moved).mean(1)
        as_large += int(np.sum(np.abs(swapped) >= least))
    return _result(a, b, None, (1 + as_large) / (resamples + 1), resamples)


def combined_bootstrap(a: Counts, b: Counts, resamples: int = RESAMPLES, seed: int = 0) -> ResamplingResult:
    """Would the methods differ with other seeds and on other tweets?

    A t-test whose squared standard error is that of Welch's test over seeds plus what tweets add to it, with
    Satterthwaite's degrees of freedom. What tweets add is the variance of the difference over redrawn tweets less the
    part of it that belongs to single runs, which the spread over seeds holds already: the variance of a two-way random
    layout (Cameron, Gelbach and Miller 2011, two-way clustering), never taken below 0. Its null: the methods score
    alike over all seeds and tweets.

    Coverage of the interval in simulation: 0.948, 0.951 and 0.946 with 3, 5 and 10 seeds a side, on 200 tweets.

    Drawing the few seeds with replacement as well would take (n - 1) / n of their variance for the whole and count what
    belongs to single runs several times over.

    Args:
        a: counts [seeds, tweets, 3].
        b: counts on the same tweets; the seeds need not be the same.
        resamples: how many times tweets are drawn.
        seed: of the drawing.

    Raises:
        ValueError: these are not counts of two methods on the same tweets.
    """
    if (result := untested(a, b, resamples)) is not None:
        return result
    n, tweets, difference = (len(a), len(b)), a.shape[1], observed(a, b)
    if min(n) < 2:
        return ResamplingResult(difference, None, None, n, tweets, 0, "a single run has no spread")
    drawn = redrawn_f1(a, b, resamples, seed)
    over_tweets = np.subtract(*(side.mean(1) for side in drawn)).var(ddof=1) - sum(map(_own_part, drawn))
    over_seeds = [float(micro_f1(sums(side).sum(0)).var(ddof=1)) / len(side) for side in (a, b)]
    parts = [*over_seeds, max(0.0, float(over_tweets) * tweets / (tweets - 1))]
    if not any(parts):
        return ResamplingResult(difference, None, None, n, tweets, 0, "no spread over seeds or tweets")
    error, df = math.sqrt(sum(parts)), satterthwaite(parts, [n[0] - 1, n[1] - 1, tweets - 1])
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * error
    p = float(2 * stdtr(df, -abs(difference) / error))
    return _result(a, b, (difference - half, difference + half), p, resamples)


def _own_part(drawn: Scores) -> float:
    """Variance over redrawn tweets of one side's mean, as far as its runs do not share it; [resamples, runs]."""
    runs = drawn.shape[1]
    own = drawn - drawn.mean(1, keepdims=True)
    return float(own.var(axis=0, ddof=1).sum() / (runs - 1) / runs)


def _result(a: Counts, b: Counts, interval: tuple[float, float] | None, p: float, resamples: int) -> ResamplingResult:
    return ResamplingResult(observed(a, b), interval, p, (len(a), len(b)), a.shape[1], resamples)
