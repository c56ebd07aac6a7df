"""Predictions first, scores from them: what a run writes down about one split in one view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnerbench.benchmark.planning.job import Bench
from mnerbench.benchmark.results.record import CountsModel, Prediction, StoredScore
from mnerbench.benchmark.results.scoring import Counts, Scorer, count_sentence, score
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.datasets.corpus import Example


def pair_up(examples: Sequence[Example], labels: Sequence[Sequence[str]]) -> Iterator[Prediction]:
    """Predictions with their gold labels and counts; every word of every tweet has to have a label.

    Raises:
        ValueError: a tweet or a word is missing.
    """
    for example, predicted in zip(examples, labels, strict=True):
        total = sum(count_sentence(example.labels, predicted).values(), Counts())
        yield Prediction(
            id=example.id,
            predicted=tuple(predicted),
            gold=example.labels,
            counts=(total.correct, total.predicted, total.gold),
        )


def score_all(predictions: Sequence[Prediction]) -> dict[str, StoredScore]:
    """Scores of a split by every scorer, by its name."""
    return {scorer.value: stored_score(predictions, scorer) for scorer in Scorer}


def stored_score(predictions: Sequence[Prediction], scorer: Scorer) -> StoredScore:
    """Score of a split by one scorer."""
    found = score(((item.gold, item.predicted) for item in predictions), scorer)
    return StoredScore(
        overall=_model(found.overall), types={kind: _model(counts) for kind, counts in found.types.items()}
    )


def _model(counts: Counts) -> CountsModel:
    return CountsModel(correct=counts.correct, predicted=counts.predicted, gold=counts.gold)


def keep(bench: Bench, spec: RunSpec, place: tuple[str, str], labels: Sequence[Sequence[str]]) -> None:
    """Write the predictions of a split in a view, then score what was written.

    The record of an earlier run is deleted first, and not before: a run that ends during training costs no score.

    Args:
        bench: its store gets the predictions, its findings the scores.
        spec: of the run.
        place: split, as the record calls it, and view.
        labels: predicted labels per tweet.
    """
    split, view = place
    data, name = spec.scored[split]
    predictions = list(pair_up(bench.supplies.corpus(data.name)[name], labels))
    bench.store.withdraw_record(spec.identity)
    bench.store.save_predictions(spec.identity, split, view, predictions)
    bench.findings.metrics.setdefault(split, {})[view] = score_all(predictions)
