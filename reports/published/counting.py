"""Counts of a corpus, for comparison with the tables in which papers count it."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.datasets.card import DatasetCard, SplitSizes
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.published.data import Scope
from mnerbench.reports.published.measures import Metric

_SPLITS = ("train", "valid", "test")


def corpus_count(scope: Scope, conditions: Iterable[Conditions]) -> float | None:
    """Number of tweets or entities, or mean length of tweets, in the files of the runs; None without runs or counts.

    The counts are those of the dataset's card, provided that the files match the card's fingerprints. Entities are
    counted as `B-` labels and characters without spaces, as in the papers.

    Args:
        scope: what is counted.
        conditions: of the leaderboard tables.
    """
    if scope.dataset not in card_names(None) or not any(
        _matches_card(table) for table in conditions if table.dataset == scope.dataset
    ):
        return None
    return _number(load_card(scope.dataset), scope)


def is_counted(scope: Scope) -> bool:
    """Whether the card of a shipped dataset counts what a published number counts."""
    return _number(load_card(str(scope.dataset)), scope) is not None


def _matches_card(conditions: Conditions) -> bool:
    """Whether the files are the ones that the card counts."""
    expected = load_card(conditions.dataset).fingerprints
    return bool(expected) and all(conditions.fingerprints.get(split) == digest for split, digest in expected.items())


def _number(card: DatasetCard, scope: Scope) -> float | None:
    splits = _SPLITS if scope.split == "all" else (scope.split or "test",)
    sizes = [card.sizes[split] for split in splits if split in card.sizes]
    if len(sizes) < len(splits):
        return None
    if scope.metric is Metric.MEAN_CHARACTERS:
        characters, tweets = (_sum(getattr(size, key) for size in sizes) for key in ("characters", "tweets"))
        return characters / tweets if characters is not None and tweets else None
    return _sum(_count(size, scope) for size in sizes)


def _sum(counts: Iterable[int | None]) -> int | None:
    numbers = list(counts)
    return None if None in numbers else sum(number for number in numbers if number is not None)


def _count(size: SplitSizes, scope: Scope) -> int | None:
    if scope.metric is Metric.TWEETS:
        return size.tweets
    if scope.metric is Metric.ENTITIES:
        return size.b_tags if scope.type is None else size.b_tags_by_type.get(scope.type)
    return None
