"""The effect of pictures inside a method, from the diagnoses that its runs recorded on test."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.reports.analysis.row_data import PictureEffect, Spread
from mnerbench.reports.statistics.ttests import paired_t


def picture_effect(records: Sequence[RunRecord]) -> PictureEffect | None:
    """The effect over the finished runs of one method; None unless all diagnosed the same number of tweets."""
    diagnoses = {record.spec.seed: record.diagnosis for record in records if record.diagnosis is not None}
    sizes = {(diagnosis.tweets, diagnosis.distance_tweets or diagnosis.tweets) for diagnosis in diagnoses.values()}
    if len(diagnoses) != len(records) or len(sizes) != 1:
        return None
    [(tweets, distance_tweets)] = sizes
    scores = {seed: diagnosis.own.f1 for seed, diagnosis in diagnoses.items()}
    projected = {seed: diagnosis.additive.f1 for seed, diagnosis in diagnoses.items()}
    relations = [diagnosis.relation for diagnosis in diagnoses.values() if diagnosis.relation is not None]
    pairs = {(relation.related, relation.unrelated) for relation in relations}
    judged = len(relations) == len(diagnoses) and len(pairs) == 1
    return PictureEffect(
        tweets=tweets,
        own=fmean(scores.values()),
        additive=paired_t(scores, projected),
        moved=fmean(d.distance / d.norm if d.norm else 0.0 for d in diagnoses.values()),
        distance=Spread.of([diagnosis.distance for diagnosis in diagnoses.values()]),
        distance_tweets=distance_tweets,
        auc=Spread.of([relation.auc for relation in relations]) if judged else None,
        judged=pairs.pop() if judged else (0, 0),
    )
