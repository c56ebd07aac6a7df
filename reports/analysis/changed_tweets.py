"""Tweets that a method gets right and the baseline does not, and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.prediction_stats import exactly_right
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
    changes = [(exactly_right(after), exactly_right(before), after) for after, before in pairs]
    broken = [counts[before & ~after] for after, before, counts in changes]
    scores = [_f1(counts) for counts in broken if len(counts)]
    return ChangedTweets(
        mended=fmean([int((after & ~before).sum()) for after, before, _ in changes]),
        broken=fmean(map(len, broken)),
        f1_on_broken=fmean(scores) if scores else None,
    )


def _f1(counts: NDArray[np.int32]) -> float:
    totals: Sequence[int] = counts.sum(0, dtype=np.int64).tolist()
    return Counts(*totals).f1
