"""The leaderboard: a pure function of records and manifests to tables."""

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
from mnerbench.reports.analysis.agreement import MOST_METHODS, agreement
from mnerbench.reports.analysis.code_warnings import code_warnings
from mnerbench.reports.analysis.comparisons import Family, compare_with_baseline, image_uses
from mnerbench.reports.analysis.conditions import group_conditions, table_warnings
from mnerbench.reports.analysis.details import Details, DetailsOfRows, RowKey, StatsOf, details_of
from mnerbench.reports.analysis.groups import Group, group_runs
from mnerbench.reports.analysis.ranking import rank_rows, with_rank_intervals
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.rows import not_run_rows, series_rows
from mnerbench.reports.analysis.runs import Series, gather
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.statistics.verdict import MARGIN


def _no_stats(_record: RunRecord, _split: str, _view: str) -> PredictionStats | None:
    return None


@dataclass(frozen=True)
class Analysed:
    """A table with its runs.

    Attributes:
        table: the rows and conditions.
        group: the runs.
        details: counts of their predictions, by method and view.
        family: the comparisons that were judged together.
    """

    table: LeaderboardTable
    group: Group
    details: Mapping[RowKey, Details]
    family: Family


def analyse(
    records: Sequence[RunRecord],
    manifests: Sequence[SuiteManifest],
    baseline: str | None = None,
    scorer: str = PRIMARY.value,
    stats_of: StatsOf = _no_stats,
    *,
    installed: Mapping[str, Code] = MappingProxyType({}),
    left_out: Mapping[str, RunSpec | None] = MappingProxyType({}),
    margin: float | None = None,
) -> list[Analysed]:
    """One table per group of comparable runs, independent of the order of the arguments.

    Args:
        records: of ended runs.
        manifests: the runs that suites planned, which are expected; without any, the existing runs are expected.
        baseline: method that the others are compared with; None for the suites' baseline.
        scorer: how labels are read as entities: `conlleval`, `strict-iob2` or `umt`.
        stats_of: returns the prediction stats of a run; without it there are no slices, error types and tests over
            tweets.
        installed: digests of the installed sources, by family and module; without it, warnings name only rows that mix
            code.
        left_out: ended runs with damaged records, by identity, with their specs where readable; missing in their rows.
        margin: largest difference that is irrelevant, as a fraction; None for half a point.

    Raises:
        ValueError: the scorer is unknown.
    """
    reading = Scorer(scorer)
    groups = group_runs(gather(records, manifests, left_out), manifests)
    tables = [
        _analyse_group(group, baseline, reading, stats_of, MARGIN if margin is None else margin) for group in groups
    ]
    return [_with_warnings(table, code_warnings(table.group, installed)) for table in tables]


def _with_warnings(analysed: Analysed, texts: Sequence[str]) -> Analysed:
    table = analysed.table
    return replace(analysed, table=replace(table, warnings=(*texts, *table.warnings)))


def _analyse_group(group: Group, baseline: str | None, scorer: Scorer, stats_of: StatsOf, margin: float) -> Analysed:
    rows, details = _rows_with_details(group, scorer, stats_of)
    main = [row for series in group.series if (row := main_row(series, rows)) is not None]
    keys = [(row.method, row.view) for row in main if (row.method, row.view) in details]
    best = {row.method for row in sorted(main, key=_by_score)[:MOST_METHODS]}
    compared = {key[0]: details[key] for key in keys if key[0] in best}
    base, problem = _baseline_row(group, baseline, rows)
    twins = twins_of(group)
    own_views = {(row.method, row.view) for row in main if row.method not in twins}
    family = Family(own_views, twins, margin, counts_apply=scorer is PRIMARY)
    tested = compare_with_baseline(rows, base, details, family) if base is not None else rows
    ranked = rank_rows([*tested, *not_run_rows(group)], {(row.method, row.view) for row in main}, twins)
    rows = with_rank_intervals(ranked, details, family)
    conditions = group_conditions(group, scorer)
    table = LeaderboardTable(
        conditions=conditions,
        baseline=base.method if base is not None else None,
        rows=tuple(rows),
        types=dict(sorted({kind: means.gold for row in rows for kind, means in row.types.items()}.items())),
        image_use=tuple(image_uses(rows, details, family)),
        slices=details[keys[0]].sizes if keys else {},
        agreement=agreement(compared),
        warnings=table_warnings(group, conditions, rows, problem),
    )
    details.clear_cache()
    return Analysed(table, group, details, family)


def twins_of(group: Group) -> dict[str, str]:
    """Methods whose runs are those of an earlier method under another name, which is the value."""
    first: dict[frozenset[str], str] = {}
    names = {s.label: first.setdefault(frozenset(run.identity for run in s.runs), s.label) for s in group.series}
    return {label: original for label, original in names.items() if label != original}


def _by_score(row: Row) -> float:
    return -row.f1.mean if row.f1 is not None else 0.0


def _rows_with_details(group: Group, scorer: Scorer, stats_of: StatsOf) -> tuple[list[Row], DetailsOfRows]:
    """The rows of a group, and the counts of their predictions by method and view."""
    rows: list[Row] = []
    details = DetailsOfRows({series.label: series for series in group.series}, stats_of)
    for series in group.series:
        for row in series_rows(series, scorer, group.not_run.get(series.method)):
            of_row = details_of(series, row.view, stats_of)
            if of_row is None:
                rows.append(row)
                continue
            details.add((row.method, row.view), of_row)
            rows.append(replace(row, slices=of_row.slices, mistakes=of_row.errors))
    return rows, details


def _baseline_row(group: Group, baseline: str | None, rows: Sequence[Row]) -> tuple[Row | None, str | None]:
    """The row that others are compared with, or why there is none."""
    suites = sorted({manifest.baseline for manifest in group.manifests if manifest.baseline})
    names = [baseline] if baseline is not None else suites
    if len(names) != 1:
        reason = f"the suites name different baselines ({', '.join(names)})" if names else "no baseline is named"
        return None, f"{reason}: no differences and no tests; choose one with --baseline"
    labelled = [series for series in group.series if series.label == names[0]]
    candidates = labelled or [series for series in group.series if series.method == names[0]]
    if len(candidates) > 1:
        labels = ", ".join(repr(series.label) for series in candidates)
        return (
            None,
            f"baseline {names[0]} was run with several settings: no tests; choose one with --baseline: {labels}",
        )
    row = main_row(candidates[0], rows) if candidates else None
    if row is None or row.silent or row.is_partial:
        return None, f"baseline {names[0]} {_why_unusable(candidates, rows)}: no differences and no tests"
    return row, None


def _why_unusable(candidates: Sequence[Series], rows: Sequence[Row]) -> str:
    """Why a baseline is not comparable."""
    done = [row for series in candidates for row in rows if row.method == series.label and row.done]
    if any(row.silent for row in done):
        return COLLAPSED
    if any(row.is_partial for row in done):
        return "has only partial runs"
    unscored = next((row.reason for row in done if row.f1 is None and row.reason), None)
    return f"has no score ({unscored})" if unscored else "has no finished run under these conditions"


def main_row(series: Series, rows: Sequence[Row]) -> Row | None:
    """The row of a series in the view that selected its epochs."""
    done = series.ended(Status.DONE)
    views = [done[0].primary_view] if done else []
    return next((r for r in rows if r.method == series.label and r.view in views and r.f1 is not None), None)
