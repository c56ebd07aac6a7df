"""Tweets that a method gets right and the baseline does not, and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.scoring import Counts
from mnerbench.reports.analysis.details import Details, shared_seeds

BROKEN_BY_CAPTIONS = "made wrong by captions"  # "Can images help", Table 5


@dataclass(frozen=True)
class ChangedTweets:
    """Changes from the baseline to a method, by pairs of runs with the same seed.

    A tweet is right if exactly its gold entities are predicted.

    Attributes:
        mended: mean number of tweets that are wrong in the baseline and right in the method.
        broken: mean number of tweets that are right in the baseline and wrong in the method.
        f1_on_broken: mean F1 of the method on the broken tweets ("Can images help", Table 5); None without any.
    """

    mended: float
    broken: float
    f1_on_broken: float | None


def changed_tweets(method: Details, baseline: Details) -> ChangedTweets | None:
    """The changes from a baseline to a method; None without a seed that both share."""
    seeds = shared_seeds([method, baseline])
    if not seeds:
        return None
    pairs = list(zip(method.tweets[method.indices(seeds)], baseline.tweets[baseline.indices(seeds)], strict=True))
    changes = [(_is_right(after), _is_right(before), after) for after, before in pairs]
    scores = [_f1(counts[before & ~after]) for after, before, counts in changes]
    known = [score for score in scores if score is not None]
    return ChangedTweets(
        mended=fmean([int((after & ~before).sum()) for after, before, _ in changes]),
        broken=fmean([int((before & ~after).sum()) for after, before, _ in changes]),
        f1_on_broken=fmean(known) if known else None,
    )


def _is_right(counts: NDArray[np.int32]) -> NDArray[np.bool_]:
    correct, predicted, gold = counts.T
    right: NDArray[np.bool_] = (correct == predicted) & (correct == gold)
    return right


def _f1(counts: NDArray[np.int32]) -> float | None:
    totals: Sequence[int] = counts.sum(0, dtype=np.int64).tolist()
    return Counts(*totals).f1 if len(counts) else None
