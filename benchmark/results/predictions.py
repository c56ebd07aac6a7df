"""Pairs predictions with gold labels and scores them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.results.record import Prediction, StoredScore
from mnerbench.benchmark.results.scoring import NO_ENTITIES, Scorer, count_sentence, score
from mnerbench.datasets.corpus import Example


def pair_up(examples: Sequence[Example], labels: Sequence[Sequence[str]]) -> Iterator[Prediction]:
    """Predictions with their gold labels and counts; every word of every tweet needs a label.

    Raises:
        ValueError: A tweet or a word has no prediction.
    """
    for example, predicted in zip(examples, labels, strict=True):
        total = sum(count_sentence(example.labels, predicted).values(), NO_ENTITIES)
        yield Prediction(
            id=example.id,
            predicted=tuple(predicted),
            gold=example.labels,
            counts=(total.correct, total.predicted, total.gold),
        )


def score_all(predictions: Sequence[Prediction]) -> dict[str, StoredScore]:
    """Scores of a split under all scorers, by name of the scorer."""
    return {scorer.value: stored_score(predictions, scorer) for scorer in Scorer}


def stored_score(predictions: Sequence[Prediction], scorer: Scorer) -> StoredScore:
    """Score of a split under one scorer."""
    result = score(((item.gold, item.predicted) for item in predictions), scorer)
    return StoredScore(overall=result.overall, types=result.types)
