"""Order and ranks of the rows of a table, and the ranks that each method may have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.analysis.comparisons import Family, is_testable, plan_of, same_tweets
from mnerbench.reports.analysis.details import Details, RowKey
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.rows import view_order
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.combined import Side, combined_t_of, side_of
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.ttests import LEVEL, welch_t

_STATES = list(RowState)


def rank_rows(rows: Sequence[Row], own_views: Collection[RowKey], twins: Collection[str] = ()) -> list[Row]:
    """Sort rows in the order of the table, and rank the complete ones of each method's own view.

    Equal means share a rank. Methods whose runs are those of another one, `twins`, share its rank and do not count.
    """
    counted = [row for row in rows if _is_ranked(row, own_views) and row.method not in twins]
    means = [row.f1.mean for row in counted if row.f1 is not None]
    ranked = [
        replace(row, rank=1 + sum(mean > row.f1.mean for mean in means))
        if _is_ranked(row, own_views) and row.f1 is not None
        else row
        for row in rows
    ]
    return sorted(ranked, key=_sort_key)


def _is_ranked(row: Row, own_views: Collection[RowKey]) -> bool:
    return row.state is RowState.COMPLETE and (row.method, row.view) in own_views


def _sort_key(row: Row) -> tuple[int, float, str, tuple[int, str]]:
    return _STATES.index(row.state), -row.f1.mean if row.f1 is not None else 1.0, row.method, view_order(row.view)


def with_rank_intervals(rows: Sequence[Row], details: Mapping[RowKey, Details], family: Family) -> list[Row]:
    """The rows with the ranks that a method may have with other seeds and tweets, for all methods with 95 %.

    All pairs of methods that can be tested are claims, adjusted by Holm's method. A method is ranked below those that
    are better, and above those that are worse (Mohamad, Goeman and van Zwet 2019). One with too few runs may have any
    rank. Count-based methods, which have no seeds, keep their place.

    Args:
        rows: ranked.
        details: counts of the predictions, by row, where available.
        family: the rows and how they are compared.
    """
    own = [row for row in rows if _is_counted(row, family) and row.f1 is not None]
    ranked = [row for row in own if row.rank is not None]
    trained = [row for row in ranked if not row.deterministic]
    fixed = [row for row in ranked if row.deterministic]
    better: dict[str, set[str]] = {row.method: set() for row in trained}
    worse: dict[str, set[str]] = {row.method: set() for row in trained}
    # Rows that lack runs have no rank, but are judged: they belong to the family here, too.
    for winner, loser in _decided([row for row in own if _is_testable(row)], details, family):
        if winner in better and loser in better:
            better[loser].add(winner)
            worse[winner].add(loser)
    intervals = {
        row.method: (
            1 + len(better[row.method]) + sum(_mean(other) > _mean(row) for other in fixed),
            len(ranked) - len(worse[row.method]) - sum(_mean(other) < _mean(row) for other in fixed),
        )
        for row in trained
    }
    return [replace(row, ranks=intervals.get(family.original(row.method))) if row.rank else row for row in rows]


def _is_counted(row: Row, family: Family) -> bool:
    return (row.method, row.view) in family.rows and row.method not in family.twins


def _is_testable(row: Row) -> bool:
    return is_testable(row) and len(row.by_seed) >= FEWEST_SEEDS


def _mean(row: Row) -> float:
    return row.f1.mean if row.f1 is not None else 0.0


def _decided(tested: Sequence[Row], details: Mapping[RowKey, Details], family: Family) -> Iterator[tuple[str, str]]:
    """The pairs of methods that differ: the better one and the worse one."""
    sides = _sides(tested, details) if family.counts_apply else {}
    claims: list[tuple[Row, Row, Claim]] = []
    for a, b in combinations(tested, 2):
        claim = Claim(welch_t(a.by_seed, b.by_seed), plan=plan_of(a, b))
        if a.method in sides and b.method in sides:
            claim = replace(claim, both=combined_t_of(sides[a.method], sides[b.method]))
        claims.append((a, b, claim))
    adjusted = holm([None if claim.is_same else claim.p for _, _, claim in claims])
    for (a, b, claim), p in zip(claims, adjusted, strict=True):
        if p is not None and p < LEVEL:
            yield (a.method, b.method) if (claim.difference or 0.0) > 0 else (b.method, a.method)


def _sides(rows: Sequence[Row], details: Mapping[RowKey, Details]) -> dict[str, Side]:
    """The rows' parts of tests over seeds and tweets, of those with the same gold entities as the first one."""
    first = next((row for row in rows if (row.method, row.view) in details), None)
    pairs = ((row, same_tweets(row, first, details)) for row in rows) if first is not None else ()
    return {row.method: side_of(pair[0].tweets) for row, pair in pairs if pair is not None}
