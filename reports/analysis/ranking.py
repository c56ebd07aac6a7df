"""Order and ranks of the rows of a table, and the ranks that each method may have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from mnerbench.reports.analysis.comparisons import Family, is_testable, plan_of, same_tweets
from mnerbench.reports.analysis.details import Details, RowKey
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.rows import view_order
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.combined import Side, combined_t_of, side_of
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.ttests import FEWEST_SEEDS, LEVEL, welch_t

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

    All pairs of methods are claims, adjusted by Holm's method. A method is ranked below those that are better, and
    above those that are worse (Mohamad, Goeman and van Zwet 2019). Methods that cannot be tested keep their place.

    Args:
        rows: ranked.
        details: counts of the predictions, by row, where available.
        family: the rows and how they are compared.
    """
    ranked = [row for row in rows if row.rank is not None and row.method not in family.twins]
    tested = [row for row in ranked if is_testable(row) and len(row.by_seed) >= FEWEST_SEEDS]
    untested = [row for row in ranked if row not in tested]
    better: dict[str, set[str]] = {row.method: set() for row in tested}
    for winner, loser in _decided(tested, details, family):
        better[loser].add(winner)
    worse = {row.method: {other.method for other in tested if row.method in better[other.method]} for row in tested}
    intervals = {
        row.method: (
            1 + len(better[row.method]) + sum(_mean(other) > _mean(row) for other in untested),
            len(ranked) - len(worse[row.method]) - sum(_mean(other) < _mean(row) for other in untested),
        )
        for row in tested
    }
    return [replace(row, ranks=intervals.get(family.original(row.method))) if row.rank else row for row in rows]


def _mean(row: Row) -> float:
    return row.f1.mean if row.f1 is not None else 0.0


def _decided(tested: Sequence[Row], details: Mapping[RowKey, Details], family: Family) -> Iterator[tuple[str, str]]:
    """The pairs of methods that differ: the better one and the worse one."""
    sides: dict[str, Side | None] = {}
    claims: list[tuple[Row, Row, Claim]] = []
    for a, b in combinations(tested, 2):
        claim = Claim(welch_t(a.by_seed, b.by_seed), plan=plan_of(a, b))
        if (claim.p or 0.0) < LEVEL and family.counts_apply and not claim.is_same:
            # A claim is never more significant than its test over seeds, so the other test is needed here only.
            of_a, of_b = (_side(row, tested[0], details, sides) for row in (a, b))
            claim = replace(claim, both=combined_t_of(of_a, of_b)) if of_a is not None and of_b is not None else claim
        claims.append((a, b, claim))
    adjusted = holm([1.0 if claim.p is None or claim.is_same else claim.p for _, _, claim in claims])
    for (a, b, claim), p in zip(claims, adjusted, strict=True):
        if p is not None and p < LEVEL:
            yield (a.method, b.method) if (claim.difference or 0.0) > 0 else (b.method, a.method)


def _side(row: Row, first: Row, details: Mapping[RowKey, Details], sides: dict[str, Side | None]) -> Side | None:
    """A row's part of the test over seeds and tweets; None without counts, or on other gold entities."""
    if row.method not in sides:
        pair = same_tweets(row, first, details)
        sides[row.method] = side_of(pair[0].tweets) if pair is not None else None
    return sides[row.method]
