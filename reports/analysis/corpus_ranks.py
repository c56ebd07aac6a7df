"""Average ranks of methods over corpora."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.reports.analysis.corpora import Corpora
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.statistics.average_ranks import FEWEST_DATASETS, FEWEST_METHODS, AverageRanks, average_ranks


@dataclass(frozen=True)
class CorpusRanks:
    """Average ranks over corpora.

    Attributes:
        ranks: of the methods that have all runs on every corpus.
        left_out: the other ones.
    """

    ranks: AverageRanks
    left_out: tuple[str, ...]


def corpus_ranks(corpora: Corpora) -> CorpusRanks | None:
    """Rank the trained methods in their own views; None for fewer than five corpora, or than three methods.

    Counting methods would take the last ranks and make the others look alike. Of several versions of a corpus the mean
    counts; of methods with the same runs, one.
    """
    if len(corpora.tables) < FEWEST_DATASETS:
        return None
    scores = [_scores(tables) for tables in corpora.tables.values()]
    methods = sorted({method for by_method in scores for method in by_method})
    ranked = [method for method in methods if all(method in by_method for by_method in scores)]
    if len(ranked) < FEWEST_METHODS:
        return None
    ranks = average_ranks(ranked, [[by_method[method] for method in ranked] for by_method in scores])
    return CorpusRanks(ranks, tuple(method for method in methods if method not in ranked))


def _scores(tables: Sequence[LeaderboardTable]) -> dict[str, float]:
    """Mean F1 by method, over the versions of a corpus."""
    means: dict[str, list[float]] = {}
    for row in (row for table in tables for row in table.rows):
        if row.is_own_view and row.twin_of is None and row.state is RowState.COMPLETE and row.f1 is not None:
            means.setdefault(row.method, []).append(row.f1.mean)
    return {method: fmean(values) for method, values in means.items() if len(values) == len(tables)}
