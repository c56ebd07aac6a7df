"""What pictures do inside a method, from what its runs wrote down about a sample of test."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mnerbench.benchmark.results.record import RunRecord
from mnerbench.reports.analysis.row_data import PictureEffect, Spread
from mnerbench.reports.statistics.ttests import paired_t


def picture_effect(records: Sequence[RunRecord]) -> PictureEffect | None:
    """The effect over some finished runs of one method; None unless all of them looked at the same number of tweets."""
    found = {record.spec.seed: record.diagnosis for record in records if record.diagnosis is not None}
    if not found or len(found) != len(records) or len({one.tweets for one in found.values()}) != 1:
        return None
    own = {seed: one.own.counts().f1 for seed, one in found.items()}
    projected = {seed: one.additive.counts().f1 for seed, one in found.items()}
    return PictureEffect(
        tweets=next(iter(found.values())).tweets,
        own=fmean(own.values()),
        additive=paired_t(own, projected),
        moved=fmean(one.distance / one.norm if one.norm else 0.0 for one in found.values()),
        distance=Spread.of([one.distance for one in found.values()]),
    )
