"""Micro F1 of several runs on resampled tweets, shared by the tests over tweets.

Counts are integers [seeds, tweets, 3]: correct, predicted and gold entities, counted from a run's predictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.integer[Any]]
Scores = NDArray[np.float64]

# Number of tweet weights in memory at a time, about 50 MB.
_CELLS = 2_000_000


@dataclass(frozen=True)
class ResamplingResult:
    """A two-sided test over tweets of mean micro F1 of `a` against that of `b`.

    Attributes:
        difference: mean over the runs of `a` minus mean over the runs of `b`, on the original tweets; None without any.
        interval: 95 % confidence interval of the difference; None where the test has none.
        p: two-sided; None when it cannot be computed, for the reason given in `reason`.
        n: numbers of runs of `a` and `b`.
        tweets: number of tweets on which both were scored.
        resamples: number of resamples or permutations; 0 for a test in closed form.
        reason: why there is no p.
    """

    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    n: tuple[int, int]
    tweets: int
    resamples: int
    reason: str | None = None


def untested(a: Counts, b: Counts, resamples: int) -> ResamplingResult | None:
    """The result without p if the counts allow no test, else None.

    Raises:
        ValueError: the arrays are not counts of two methods on the same tweets, or `resamples` is below 1.
    """
    for side in (a, b):
        if side.ndim != 3 or side.shape[2] != 3 or not np.issubdtype(side.dtype, np.integer) or np.any(side < 0):
            raise ValueError(f"{side.dtype} {side.shape}: counts are integers of at least 0, [seeds, tweets, 3]")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"{a.shape[1]} tweets against {b.shape[1]}: both sides need the same tweets in the same order")
    gold = np.concatenate([a, b])[:, :, 2]
    if np.any(gold != gold[:1]):
        raise ValueError("runs differ in gold entities: all need the same tweets in the same order")
    if resamples < 1:
        raise ValueError(f"{resamples} resamples: at least one is needed")
    n, tweets = (len(a), len(b)), a.shape[1]
    if not min(n) or not tweets:
        why = "no finished run on one side" if tweets else "no tweet"
        return ResamplingResult(None, None, None, n, tweets, 0, why)
    if tweets < 2:
        return ResamplingResult(observed(a, b), None, None, n, tweets, 0, "a single tweet has no spread")
    if np.array_equal(a, b):
        return ResamplingResult(0.0, None, None, n, tweets, 0, "both have the same counts on every tweet")
    return None


def observed(a: Counts, b: Counts) -> float:
    """Mean micro F1 of `a` minus that of `b`, on the original tweets."""
    return float(micro_f1(sums(a).sum(0)).mean() - micro_f1(sums(b).sum(0)).mean())


def sums(counts: Counts) -> Scores:
    """The terms of micro F1, float [tweets, 2 · seeds]: correct entities of every run, then predicted plus gold."""
    return np.concatenate([counts[:, :, 0], counts[:, :, 1] + counts[:, :, 2]]).T.astype(np.float64)


def micro_f1(totals: Scores) -> Scores:
    """2 · correct / (predicted + gold), 0 where both are 0: [..., 2 · seeds] to [..., seeds]."""
    correct, size = np.split(totals, 2, axis=-1)
    return np.divide(2 * correct, size, out=np.zeros_like(correct), where=size > 0)


def redrawn_f1(a: Counts, b: Counts, resamples: int, seed: int) -> tuple[Scores, Scores]:
    """Micro F1 of every run on tweets drawn with replacement, the same tweets for all runs of both sides.

    Returns:
        Floats [resamples, runs of a] and [resamples, runs of b].
    """
    random, tweets, parts = np.random.default_rng(seed), a.shape[1], (sums(a), sums(b))
    scores: tuple[list[Scores], list[Scores]] = ([], [])
    for rows in chunks(resamples, tweets):
        drawn = random.integers(0, tweets, (rows, tweets)) + tweets * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * tweets).reshape(rows, tweets).astype(np.float64)
        for side, part in zip(scores, parts, strict=True):
            side.append(micro_f1(weights @ part))
    return np.concatenate(scores[0]), np.concatenate(scores[1])


def chunks(resamples: int, tweets: int) -> list[int]:
    """Numbers of resamples to compute at a time."""
    size = max(1, _CELLS // tweets)
    return [min(size, resamples - start) for start in range(0, resamples, size)]
