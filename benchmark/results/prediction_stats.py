"""Counts of the predictions of a split for reports: per tweet, gold entity, slice and error type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.results.error_types import ErrorType, find_errors
from mnerbench.benchmark.results.record import Prediction
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.split_metadata import ScoredSplit, tweets_in_order
from mnerbench.benchmark.results.store import REPEAT
from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.slices import SLICES, KnownNames
from mnerbench.datasets.tagging import Span, conll_spans
from mnerbench.datasets.untrusted.display import one_line


@dataclass(frozen=True)
class PredictionStats:
    """Counts of one run, split and view, in the conlleval reading.

    Attributes:
        tweets: correct, predicted and gold entities per tweet, int [tweets, 3].
        gold_found: whether each gold entity was found, in the order of the split, bool [gold entities].
        slices: counts by slice, without empty slices.
        error_counts: number of errors by type.
    """

    tweets: NDArray[np.int32]
    gold_found: NDArray[np.bool_]
    slices: Mapping[str, Counts]
    error_counts: Mapping[ErrorType, int]

    @property
    def totals(self) -> Counts:
        """Counts over all tweets."""
        return Counts(*self.tweets.sum(0, dtype=np.int64).tolist())

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Whether exactly the gold entities of each tweet were predicted, bool [tweets]."""
        return exactly_right(self.tweets)


def exactly_right(counts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether exactly the gold entities of each tweet were predicted, bool [tweets], from its counts [tweets, 3]."""
    correct, predicted, gold = counts.T
    right: NDArray[np.bool_] = (correct == predicted) & (correct == gold)
    return right


def compute_stats(predictions: Sequence[Prediction], split: ScoredSplit, training_names: KnownNames) -> PredictionStats:
    """Count the predictions of a split.

    Args:
        predictions: one per tweet of the split, in order.
        split: the tweets and their slices.
        training_names: the entities that the run saw in training.

    Raises:
        StoreError: The predictions are not of these tweets.
    """
    if not tweets_in_order(split, [item.id for item in predictions]):
        raise StoreError(
            f"predictions of {len(predictions)} tweets are not of the {len(split.tweets)} tweets of "
            f"{split.split} of {split.tested_on}\n  -> {REPEAT}"
        )
    tweets, gold_found = np.zeros((len(predictions), 3), np.int32), []
    slices: dict[str, list[int]] = {}
    error_counts = dict.fromkeys(ErrorType, 0)
    for index, (item, words, tweet_slices) in enumerate(zip(predictions, split.words, split.slices, strict=True)):
        if not len(item.gold) == len(item.predicted) == len(words):
            labels = f"{len(item.gold)} gold and {len(item.predicted)} predicted labels for {len(words)} words"
            raise StoreError(f"tweet {one_line(item.id, 60)} has {labels}\n  -> {REPEAT}")
        gold, predicted = _spans(item.gold), _spans(item.predicted)
        if not gold and not predicted:
            continue
        correct = [span for span in gold if span in predicted]
        tweets[index] = len(correct), len(predicted), len(gold)
        gold_found += [span in predicted for span in gold]
        if len(correct) < max(len(gold), len(predicted)):
            for error in find_errors(item.gold, item.predicted):
                error_counts[error.error_type] += 1
        for column, spans in enumerate((correct, predicted, gold)):
            for span in spans:
                for name in (*training_names.slices(words[span.start : span.end], span.type), *tweet_slices):
                    slices.setdefault(name, [0, 0, 0])[column] += 1
    counts = {name: Counts(*slices[name]) for name in SLICES if name in slices}
    return PredictionStats(tweets, np.array(gold_found, np.bool_), counts, error_counts)


# Many tweets have the same label sequence.
@lru_cache(maxsize=1 << 16)
def _spans(labels: tuple[str, ...]) -> tuple[Span, ...]:
    return tuple(conll_spans(labels))
