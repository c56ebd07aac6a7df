"""The runs of a report, one by one: the results of each in each view, or why it has none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mnerbench.benchmark.results.manifest import NotRun
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.reports.analysis.conditions import hardware_text
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.rows import failure_text, view_order
from mnerbench.reports.analysis.runs import Run, Series

DAMAGED = "damaged"  # status of a run that is left out


@dataclass(frozen=True)
class RunRow:
    """A run in a view.

    Attributes:
        tables: numbers of the tables of the report that have the run under this name, from 1.
        identity: of the run; None for one that could not be planned.
        suites: that planned it.
        method, data: names as in the tables.
        seed: of the run.
        status: `done`, `failed`, `interrupted`, `damaged`, `not done yet` or `not run`.
        spec: under this name; None for a run that could not be planned.
        tested_on: name of the dataset of the test split; None as for `spec`.
        view: the picture that the method reads on test; None without a score.
        main_view: whether this view selected the epoch; None without a score.
        reason: why there is no score.
        scores: counts by scorer.
        record: of the ended run.
    """

    tables: tuple[int, ...]
    identity: str | None
    suites: tuple[str, ...]
    method: str
    data: str
    seed: int
    status: str
    spec: RunSpec | None = None
    tested_on: str | None = None
    view: str | None = None
    main_view: bool | None = None
    reason: str | None = None
    scores: Mapping[str, Counts] = field(default_factory=dict)
    record: RunRecord | None = None

    @property
    def hardware(self) -> str | None:
        """The GPU, or the processor with the number of threads."""
        return (hardware_text(self.record.environment) or None) if self.record is not None else None


def selected_dev_f1(record: RunRecord) -> float | None:
    """Dev F1 of the selected epoch, as a fraction; None where not recorded."""
    return next((point.dev_f1 for point in record.curve if point.epoch == record.best_epoch), None)


def training_seconds(record: RunRecord) -> float | None:
    """Seconds of training, without evaluation; None where not recorded."""
    return sum(point.train_seconds for point in record.curve) if record.curve else None


def run_rows(groups: Sequence[Group]) -> list[RunRow]:
    """One row per run, name and view; a run without scores has a row with its status and reason.

    A run that stands in several tables under the same name has one row.

    Args:
        groups: the runs of the tables of a report, in their order.
    """
    rows: dict[tuple[object, ...], RunRow] = {}
    for number, group in enumerate(groups, start=1):
        for row in _rows_of(number, group):
            key = (row.identity, row.method, row.data, row.spec and row.spec.protocol, row.seed, row.view)
            rows[key] = replace(row, tables=(*rows[key].tables, number)) if key in rows else row
    return list(rows.values())


def _rows_of(number: int, group: Group) -> Iterator[RunRow]:
    for series in group.series:
        for run in series.runs:
            yield from _views(_run_row(number, series, run), run)
    planned = {series.method for series in group.series if series.deterministic}
    for method, not_run in group.not_run.items():
        seeds = {run.spec.seed for series in group.series if series.method == method for run in series.runs}
        if method not in planned:
            yield from _not_run(number, group, (method, not_run), seeds)


def _run_row(number: int, series: Series, run: Run) -> RunRow:
    status, reason = _status(run)
    return RunRow(
        tables=(number,),
        identity=run.identity,
        suites=tuple(sorted(run.suites)),
        method=series.label,
        data=run.data,
        seed=run.spec.seed,
        status=status,
        spec=run.spec,
        tested_on=run.tested_on.name,
        reason=reason,
        record=run.record,
    )


def _status(run: Run) -> tuple[str, str | None]:
    """The status of a run, and why it has no score."""
    record = run.record
    if run.damaged:
        return DAMAGED, "its record is unreadable or not as computed, and is left out"
    if record is None:
        return RowState.PENDING.value, "planned, without a result on this test split"
    if record.status is Status.FAILED:
        return record.status.value, failure_text(record)
    return record.status.value, None if record.status is Status.DONE else "stopped before its end"


def _views(row: RunRow, run: Run) -> Iterable[RunRow]:
    """The row of every view that was scored; the row itself without any."""
    record = run.record
    views = record.metrics.get(run.split, {}) if record is not None and record.status is Status.DONE else {}
    if record is None or not views:
        return [row if row.reason is not None else replace(row, reason="done without a score on this test split")]
    return [
        replace(
            row,
            view=view,
            main_view=view == record.primary_view,
            scores={scorer: score.overall for scorer, score in views[view].items()},
        )
        for view in sorted(views, key=view_order)
    ]


def _not_run(number: int, group: Group, named: tuple[str, NotRun], planned: set[int]) -> Iterator[RunRow]:
    """The seeds of a method that could not be planned."""
    method, not_run = named
    suites = tuple(m.suite for m in group.manifests if m.not_run.get(f"{method} on {group.dataset}") == not_run)
    for seed in not_run.seeds:
        if seed not in planned:
            state = RowState.NOT_RUN.value
            yield RunRow((number,), None, suites, method, group.dataset, seed, state, reason=not_run.reason)
