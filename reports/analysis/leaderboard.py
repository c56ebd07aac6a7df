"""The leaderboard: a pure function from records and grids to tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mnerbench.benchmark.results.code_state import Code
from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.prediction_stats import PredictionStats
from mnerbench.benchmark.results.record import COLLAPSED, RunRecord, Status
from mnerbench.benchmark.results.scoring import PRIMARY, Scorer
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.reports.analysis.agreement import MOST_BESIDE, agreement
from mnerbench.reports.analysis.code_warnings import code_warnings
from mnerbench.reports.analysis.comparisons import compared, image_use, ranked
from mnerbench.reports.analysis.conditions import conditions, warnings
from mnerbench.reports.analysis.details import Details, DetailsOfRows, Place, TallyOf, details_of
from mnerbench.reports.analysis.groups import Group, group_runs
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.rows import not_run_rows, series_rows
from mnerbench.reports.analysis.runs import Series, gather
from mnerbench.reports.analysis.table_data import LeaderboardTable


def _untold(_record: RunRecord, _split: str, _view: str) -> PredictionStats | None:
    return None


@dataclass(frozen=True)
class Analysed:
    """A table with what it was made from.

    Attributes:
        table: for readers.
        group: the runs.
        details: by method and view, what was counted in their predictions.
    """

    table: LeaderboardTable
    group: Group
    details: Mapping[Place, Details]


def leaderboard(
    records: Sequence[RunRecord],
    grids: Sequence[SuiteManifest],
    baseline: str | None = None,
    scorer: str = PRIMARY.value,
    tally_of: TallyOf = _untold,
) -> list[LeaderboardTable]:
    """One table per group of comparable runs; the order of the arguments never matters.

    Takes and raises what :func:`analyse` does.
    """
    return [one.table for one in analyse(records, grids, baseline, scorer, tally_of)]


def analyse(
    records: Sequence[RunRecord],
    grids: Sequence[SuiteManifest],
    baseline: str | None = None,
    scorer: str = PRIMARY.value,
    tally_of: TallyOf = _untold,
    *,
    installed: Mapping[str, Code] = MappingProxyType({}),
    left_out: Mapping[str, RunSpec | None] = MappingProxyType({}),
) -> list[Analysed]:
    """The tables with what each was made from, for reports that look closer.

    Args:
        records: of ended runs.
        grids: what suites asked for; decides how many runs a row should have. Without any, what is there is expected.
        baseline: method that the others are compared with; None takes what the suites say.
        scorer: reading by which tables are made: `conlleval`, `strict-iob2` or `umt`.
        tally_of: gives what was counted in a run's predictions; without it there are no slices, mistakes and tests over
            tweets.
        installed: digests of the installed sources, by family and module; without it, only rows that mix code are
            named.
        left_out: by identity, runs that have ended and whose records are damaged, with their specs where these can be
            read: their rows lack them.

    Raises:
        ValueError: an unknown scorer.
    """
    reading = Scorer(scorer)
    groups = group_runs(gather(records, grids, left_out), grids)
    tables = [_analysed(group, baseline, reading, tally_of) for group in groups]
    return [_with_warnings(table, code_warnings(table.group, installed)) for table in tables]


def _with_warnings(analysed: Analysed, texts: Sequence[str]) -> Analysed:
    table = analysed.table
    return replace(analysed, table=replace(table, warnings=(*texts, *table.warnings)))


def _analysed(group: Group, baseline: str | None, scorer: Scorer, tally_of: TallyOf) -> Analysed:
    rows, details = _detailed_rows(group, scorer, tally_of)
    main = [row for series in group.series if (row := main_row(series, rows)) is not None]
    seen = [(row.method, row.view) for row in main if (row.method, row.view) in details]
    best = {row.method for row in sorted(main, key=_by_score)[:MOST_BESIDE]}
    beside = {place[0]: details[place] for place in seen if place[0] in best}
    chosen, problem = _baseline_row(group, baseline, rows)
    rows = ranked([*(compared(rows, chosen, details) if chosen is not None else rows), *not_run_rows(group)])
    known = conditions(group, scorer)
    table = LeaderboardTable(
        conditions=known,
        baseline=chosen.method if chosen is not None else None,
        rows=tuple(rows),
        types=dict(sorted({kind: means.gold for row in rows for kind, means in row.types.items()}.items())),
        image_use=tuple(image_use(rows)),
        slices=details[seen[0]].sizes if seen else {},
        agreement=agreement(beside),
        warnings=warnings(group, known, rows, problem),
    )
    details.forget()
    return Analysed(table, group, details)


def _by_score(row: Row) -> float:
    return -row.f1.mean if row.f1 is not None else 0.0


def _detailed_rows(group: Group, scorer: Scorer, tally_of: TallyOf) -> tuple[list[Row], DetailsOfRows]:
    """The rows of a group, and by method and view what was counted in their predictions."""
    rows: list[Row] = []
    details = DetailsOfRows({series.label: series for series in group.series}, tally_of)
    for series in group.series:
        for row in series_rows(series, scorer, group.not_run.get(series.method)):
            found = details_of(series, row.view, tally_of)
            if found is None:
                rows.append(row)
                continue
            details.add((row.method, row.view), found)
            rows.append(replace(row, slices=found.slices, mistakes=found.mistakes))
    return rows, details


def _baseline_row(group: Group, wanted: str | None, rows: Sequence[Row]) -> tuple[Row | None, str | None]:
    """The row that others are compared with, or why there is none."""
    names = [wanted] if wanted is not None else sorted({grid.baseline for grid in group.grids if grid.baseline})
    if len(names) != 1:
        several = f"the suites name different baselines ({', '.join(names)})" if names else "no baseline is named"
        return None, f"{several}: no differences and no tests; choose one with --baseline"
    found = [one for one in group.series if one.label == names[0]] or [s for s in group.series if s.method == names[0]]
    if len(found) > 1:
        labels = ", ".join(repr(series.label) for series in found)
        return (
            None,
            f"baseline {names[0]} was run with several settings: no tests; choose one with --baseline: {labels}",
        )
    row = main_row(found[0], rows) if found else None
    if row is None or row.silent:
        return None, f"baseline {names[0]} {_unusable(found, rows)}: no differences and no tests"
    return row, None


def _unusable(found: Sequence[Series], rows: Sequence[Row]) -> str:
    """Why nothing can be compared with a baseline."""
    done = [row for series in found for row in rows if row.method == series.label and row.done]
    if any(row.silent for row in done):
        return COLLAPSED
    unscored = next((row.reason for row in done if row.f1 is None and row.reason), None)
    return f"has no score ({unscored})" if unscored else "has no finished run under these conditions"


def main_row(series: Series, rows: Sequence[Row]) -> Row | None:
    """The row of a series in the view that picked its epochs."""
    done = series.ended(Status.DONE)
    views = [done[0].primary_view] if done else []
    return next((r for r in rows if r.method == series.label and r.view in views and r.f1 is not None), None)
