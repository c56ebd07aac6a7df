"""Tables of several corpora under the same conditions; versions of one corpus count once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import ConfigError
from mnerbench.reports.analysis.cross_dataset import group_tables
from mnerbench.reports.analysis.table_data import LeaderboardTable


@dataclass(frozen=True)
class Corpora:
    """Tables with the same encoder, protocol, scorer, training size and baseline.

    Attributes:
        conditions: encoder, protocol and training size as text.
        baseline: method of the differences.
        tables: by corpus, those of its versions; a corpus of several versions has all of their names.
    """

    conditions: str
    baseline: str
    tables: Mapping[str, Sequence[LeaderboardTable]]


def corpus_groups(tables: Sequence[LeaderboardTable]) -> Iterator[Corpora]:
    """The tables of at least two corpora, by their conditions.

    Transfers and partial runs are left out, and so are probes: of those, it is known what makes a method better.
    """
    of_corpora = [table for table in tables if _is_of_corpus(table)]
    for title, group in group_tables(of_corpora, lambda conditions: (conditions.train_tweets, conditions.scorer)):
        for baseline in sorted({table.baseline for table in group if table.baseline is not None}):
            versions: dict[str, list[LeaderboardTable]] = {}
            for table in group:
                if table.baseline == baseline:
                    versions.setdefault(corpus_of(table.conditions.tested_on), []).append(table)
            if len(versions) > 1:
                size = group[0].conditions.train_tweets
                conditions = title if size is None else f"{title} · {size:,} tweets"
                yield Corpora(conditions, baseline, {_name(side): side for side in versions.values()})


def corpus_of(dataset: str) -> str:
    """The corpus whose tweets a dataset has: `twitter15` of `twitter15-umgf`, `snap` of `twitter17`.

    Known from the cards of this package; a dataset without one is a corpus of its own.
    """
    card = _card(dataset)
    parent = None if card is None else card.subset_of or card.images_of
    return dataset if parent is None else corpus_of(parent)


def _is_of_corpus(table: LeaderboardTable) -> bool:
    conditions = table.conditions
    if not conditions.tested_on or conditions.trained_on != conditions.tested_on or conditions.ceilings:
        return False
    if conditions.limit_test is not None:
        return False
    card = _card(conditions.tested_on)
    return card is None or card.probe is None


def _name(tables: Sequence[LeaderboardTable]) -> str:
    """`twitter17`, or `twitter15 + twitter15-umgf`."""
    return " + ".join(dict.fromkeys(table.conditions.tested_on for table in tables))


@lru_cache(maxsize=256)
def _card(name: str) -> DatasetCard | None:
    try:
        return load_card(name)
    except ConfigError:
        return None
