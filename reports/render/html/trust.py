"""What the verdicts of a table rest on, in one line."""

from __future__ import annotations

from collections.abc import Iterator

from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.render.html.forest import own_rows
from mnerbench.reports.render.wording import family_line

_MOST_NAMES = 6


def trust_line(table: LeaderboardTable) -> list[str]:
    """Seeds, test entities, scorer, missing runs and the family of the verdicts, as phrases."""
    return [*_data(table), _missing(table), *_families(table)]


def _data(table: LeaderboardTable) -> Iterator[str]:
    conditions = table.conditions
    seeds = {row.f1.n for row in own_rows(table).values() if row.f1 is not None and not row.deterministic}
    if seeds:
        low, high = min(seeds), max(seeds)
        yield (f"{low} to {high} seeds" if low != high else "1 seed" if low == 1 else f"{low} seeds")
    if conditions.scorer in conditions.gold:
        yield f"{conditions.gold[conditions.scorer]:,} gold entities in test"
    yield f"scorer {conditions.scorer}"


def _families(table: LeaderboardTable) -> Iterator[str]:
    """What is judged together, in words."""
    if table.baseline is not None:
        yield family_line(table) or f"no method could be tested against {table.baseline}"
    tests = max((use.judged.family for use in table.image_use if use.judged is not None), default=0)
    if tests:
        yield f"own against other pictures: a family of its own, of {tests} {'test' if tests == 1 else 'tests'}"


def _missing(table: LeaderboardTable) -> str:
    """`runs are missing: bert 0/5, umt not run`."""
    unfinished = (RowState.INCOMPLETE, RowState.FAILED, RowState.PENDING, RowState.NOT_RUN)
    names = {
        row.method: f"{row.method} {f'{row.done}/{row.expected}' if row.expected else row.state.value}"
        for row in table.rows
        if row.state in unfinished
    }
    if not names:
        return "no run is missing"
    shown = list(names.values())[:_MOST_NAMES]
    more = [f"{len(names) - _MOST_NAMES} more methods"] if len(names) > _MOST_NAMES else []
    return f"runs are missing: {', '.join([*shown, *more])}"
