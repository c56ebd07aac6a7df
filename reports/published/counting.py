"""Counts of a corpus, for comparison with the tables in which papers count it."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.datasets.card import SplitSizes
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.published.data import Scope
from mnerbench.reports.published.measures import Metric

_SPLITS = ("train", "valid", "test")


def corpus_count(scope: Scope, conditions: Iterable[Conditions]) -> int | None:
    """Number of tweets or entities in the files of the runs; None without runs on the dataset, or without a count.

    The counts are those of the dataset's card, provided that the files match the card's fingerprints. Entities are
    counted as `B-` labels, as in the papers.

    Args:
        scope: what is counted.
        conditions: of the leaderboard tables.
    """
    if scope.dataset not in card_names(None) or not any(
        _matches_card(table) for table in conditions if table.dataset == scope.dataset
    ):
        return None
    sizes = load_card(scope.dataset).sizes
    splits = _SPLITS if scope.split == "all" else (scope.split or "test",)
    counts = [_count(sizes[split], scope) if split in sizes else None for split in splits]
    return None if None in counts else sum(count for count in counts if count is not None)


def is_counted(scope: Scope) -> bool:
    """Whether dataset cards count what a published number counts."""
    return scope.metric in (Metric.TWEETS, Metric.ENTITIES)


def _matches_card(conditions: Conditions) -> bool:
    """Whether the files are the ones that the card counts."""
    expected = load_card(conditions.dataset).fingerprints
    return bool(expected) and all(conditions.fingerprints.get(split) == digest for split, digest in expected.items())


def _count(size: SplitSizes, scope: Scope) -> int | None:
    if scope.metric is Metric.TWEETS:
        return size.tweets
    if scope.metric is Metric.ENTITIES:
        return size.b_tags if scope.type is None else size.b_tags_by_type.get(scope.type)
    return None
