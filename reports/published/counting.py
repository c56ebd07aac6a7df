"""What a corpus holds, beside the tables in which papers count it."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.datasets.card import SplitSizes
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.published.data import Scope
from mnerbench.reports.published.measures import Metric

_SPLITS = ("train", "valid", "test")


def counted(scope: Scope, known: Iterable[Conditions]) -> int | None:
    """Tweets or entities of the files that were run on; None where nothing was, or nobody counted.

    The counts are those of the dataset's card, as long as the files are the card's. Entities are `B-` labels, as in
    the papers.

    Args:
        scope: what is counted.
        known: conditions of the tables that there are.
    """
    if scope.dataset not in card_names(None) or not any(
        _is_of_card(one) for one in known if one.dataset == scope.dataset
    ):
        return None
    sizes = load_card(scope.dataset).sizes
    wanted = _SPLITS if scope.split == "all" else (scope.split or "test",)
    counts = [_count(sizes[split], scope) if split in sizes else None for split in wanted]
    return None if None in counts else sum(count for count in counts if count is not None)


def _is_of_card(known: Conditions) -> bool:
    """Whether the files are those whose counts the card has."""
    card = load_card(known.dataset)
    return bool(card.fingerprints) and all(known.fingerprints.get(name) == of for name, of in card.fingerprints.items())


def _count(size: SplitSizes, scope: Scope) -> int | None:
    if scope.metric is Metric.TWEETS:
        return size.tweets
    if scope.metric is Metric.ENTITIES:
        return size.b_tags if scope.type is None else size.b_tags_by_type.get(scope.type)
    return None
