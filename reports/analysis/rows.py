"""The rows of a method, one per view, from its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from mnerbench.benchmark.results.manifest import NotRun
from mnerbench.benchmark.results.record import RunRecord, Status, StoredScore
from mnerbench.benchmark.results.scoring import NO_ENTITIES, Counts, Scorer
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.untrusted.display import shortened
from mnerbench.reports.analysis.asked import asked_means
from mnerbench.reports.analysis.costs import mean_costs
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.picture_effect import picture_effect
from mnerbench.reports.analysis.row_data import Row, RowState, Spread, TypeMeans
from mnerbench.reports.analysis.run_settings import run_settings
from mnerbench.reports.analysis.runs import Series

OWN_PICTURE, SHUFFLED, _NO_PICTURE = "it", "it-shuffled", "t"
_MOST = 2000  # characters of a reason; the record has the full text
# The order of views in tables; others follow by name.
VIEWS = (OWN_PICTURE, _NO_PICTURE, SHUFFLED, "it-blank")
# Views with a wrong or empty picture: their scores show whether the picture is used, they are not results.
CONTROLS = frozenset({SHUFFLED, "it-blank"})


def view_order(view: str | None) -> tuple[int, str]:
    """Sort key of a view."""
    return (VIEWS.index(view) if view in VIEWS else len(VIEWS), view or "")


def series_rows(series: Series, scorer: Scorer, not_run: NotRun | None = None) -> list[Row]:
    """One row per view in which a finished run was scored; a single row without a view if there is none.

    Args:
        series: seeds of one method.
        scorer: how labels are read as entities.
        not_run: the seeds that could not be run when the method was last planned.
    """
    done = series.ended(Status.DONE)
    views: list[str | None] = [*{view for record in done for view in record.metrics.get(series.split, {})}]
    rows = [_row(series, view, scorer) for view in sorted(views or [None], key=view_order)]
    return [_with_not_run(row, series, not_run) for row in rows] if not_run is not None else rows


def _with_not_run(row: Row, series: Series, not_run: NotRun) -> Row:
    """The row with the seeds that were planned and could not be run."""
    missing = set(not_run.seeds) - {run.spec.seed for run in series.runs}
    if not missing or row.deterministic:
        return row
    expected = row.expected + len(missing)
    reason = "; ".join(filter(None, [row.reason, f"{len(missing)} not run: {not_run.reason}"]))
    state = row.state if row.is_partial else _state(row.done, expected, row.failed)
    return replace(row, expected=expected, state=state, reason=reason)


def _row(series: Series, view: str | None, scorer: Scorer) -> Row:
    scored = _scored(series, view, scorer)
    failed = len(series.ended(Status.FAILED))
    row = Row(
        method=series.label,
        view=view,
        state=_state(len(scored), len(series.runs), failed),
        done=len(scored),
        expected=len(series.runs),
        failed=failed,
        planned=series.planned if any(run.suites for run in series.runs) else None,
        looks=series.looks,
        reason=_reason(series, len(scored)),
        external=series.external,
        deterministic=series.deterministic,
        control=view in CONTROLS,
        costs=mean_costs([record for record, _ in scored], series.split),
        curve={record.spec.seed: tuple(point.dev_f1 for point in record.curve) for record, _ in scored if record.curve},
        effect=picture_effect([record for record, _ in scored])
        if view == OWN_PICTURE and series.split == "test"
        else None,
        ceiling=_ceiling(series, scored, OWN_PICTURE if view == OWN_PICTURE else _NO_PICTURE),
        text_ceiling=_ceiling(series, scored, _NO_PICTURE),
        asked=asked_means([record for record, _ in scored], series.split, view),
        settings=run_settings(series.runs[0].spec),
    )
    left_out = dict.fromkeys(record.spec.partial for record, _ in scored if record.spec.partial)
    if left_out:
        row = replace(row, state=RowState.PARTIAL, reason="; ".join([*left_out, *filter(None, [row.reason])]))
    collapsed = sum(record.collapsed(series.split) for record, _ in scored)
    row = _with_collapsed(replace(row, collapsed=collapsed))
    # F1 is undefined on a test split without entities.
    if scored and not any(score.overall.gold for _, score in scored):
        return replace(row, reason=f"test holds no entity in the reading of {scorer.value}")
    return _with_scores(row, scored, series.split, scorer) if scored else row


def _with_collapsed(row: Row) -> Row:
    """The row with the number of runs that predict no entity in its reason, collapsed if all of its runs do."""
    if not row.collapsed:
        return row
    silent = row.silent and row.state is RowState.COMPLETE
    which = "all of them" if row.silent else f"{row.collapsed} of {row.done}"
    reason = "; ".join(filter(None, [row.reason, f"predicts no entity ({which})"]))
    return replace(row, state=RowState.COLLAPSED if silent else row.state, reason=reason)


def _ceiling(series: Series, scored: Sequence[tuple[RunRecord, StoredScore]], view: str) -> Ceiling | None:
    """The best possible score in a view; None for a transfer, where no ceiling is known."""
    if series.split != "test":
        return None
    return next((record.ceilings[view] for record, _ in scored if view in record.ceilings), None)


def _scored(series: Series, view: str | None, scorer: Scorer) -> list[tuple[RunRecord, StoredScore]]:
    pairs = [(record, record.score(series.split, view or "", scorer.value)) for record in series.ended(Status.DONE)]
    return [(record, score) for record, score in pairs if score is not None]


def _with_scores(row: Row, scored: Sequence[tuple[RunRecord, StoredScore]], split: str, scorer: Scorer) -> Row:
    overall = [score.overall for _, score in scored]
    kinds = sorted({kind for _, score in scored for kind, counts in score.types.items() if counts.gold})
    others = [other for other in Scorer if other is not scorer]
    return replace(
        row,
        by_seed={record.spec.seed: counts.f1 for (record, _), counts in zip(scored, overall, strict=True)},
        f1=Spread.of([counts.f1 for counts in overall]),
        precision=fmean([counts.precision for counts in overall]),
        recall=fmean([counts.recall for counts in overall]),
        types={kind: _means([_of_type(score, kind) for _, score in scored]) for kind in kinds},
        scorers={other.value: mean for other in others if (mean := _mean(scored, split, row.view, other)) is not None},
    )


def _of_type(score: StoredScore, kind: str) -> Counts:
    return score.types.get(kind, NO_ENTITIES)


def _means(runs: Sequence[Counts]) -> TypeMeans:
    return TypeMeans(
        gold=max(counts.gold for counts in runs),
        precision=fmean([counts.precision for counts in runs]),
        recall=fmean([counts.recall for counts in runs]),
        f1=fmean([counts.f1 for counts in runs]),
    )


def _mean(
    scored: Sequence[tuple[RunRecord, StoredScore]], split: str, view: str | None, scorer: Scorer
) -> float | None:
    """Mean F1 under another scorer; None unless every run of the row has it."""
    scores = [record.score(split, view or "", scorer.value) for record, _ in scored]
    values = [score.overall.f1 for score in scores if score is not None and score.overall.gold]
    return fmean(values) if len(values) == len(scored) else None


def _state(done: int, expected: int, failed: int) -> RowState:
    if done:
        return RowState.COMPLETE if done == expected else RowState.INCOMPLETE
    return RowState.FAILED if failed else RowState.PENDING


def _reason(series: Series, done: int) -> str | None:
    failed, interrupted = series.ended(Status.FAILED), len(series.ended(Status.INTERRUPTED))
    parts = []
    if failed:
        parts.append(f"{len(failed)} failed, seed {failed[0].spec.seed} with {failure_text(failed[0])}")
    if interrupted:
        parts.append(f"{interrupted} interrupted")
    damaged = sum(run.damaged for run in series.runs)
    if damaged:
        parts.append(f"{damaged} left out as damaged")
    unscored = len(series.ended(Status.DONE)) - done
    if unscored:
        parts.append(f"{unscored} done without this view or scorer")
    if pending := len(series.runs) - done - unscored - len(failed) - interrupted - damaged:
        parts.append(f"{pending} not done yet")
    return "; ".join(parts) or None


def failure_text(record: RunRecord) -> str:
    """Why a run failed."""
    error = record.error
    return shortened(f"{error.kind}: {error.message}", _MOST) if error is not None else "no reason recorded"


def not_run_rows(group: Group) -> list[Row]:
    """Rows of methods without any planned run."""
    planned = {series.method for series in group.series}
    return [
        Row(method, None, RowState.NOT_RUN, reason=not_run.reason)
        for method, not_run in group.not_run.items()
        if method not in planned
    ]
