"""Would the difference hold on other tweets, and would it with other seeds as well?

The statistic is the mean over seeds of micro F1, of `a` minus that of `b`. Nothing here rounds; a test that cannot be
made has no p-value but a reason. What is said of coverage was measured as docs/statistics.md says.
"""

from __future__ import annotations

import numpy as np

from mnerbench.reports.statistics.ttests import LEVEL
from mnerbench.reports.statistics.tweets import (
    Counts,
    ResamplingResult,
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


def _result(a: Counts, b: Counts, interval: tuple[float, float] | None, p: float, resamples: int) -> ResamplingResult:
    return ResamplingResult(observed(a, b), interval, p, (len(a), len(b)), a.shape[1], resamples)
