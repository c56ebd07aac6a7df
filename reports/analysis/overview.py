"""Overview of a results folder: numbers of runs, and the datasets on which each method was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.runs import gather
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.cells import text_cell
from mnerbench.reports.text.sheet import Cell, Sheet, name_column


@dataclass(frozen=True)
class Overview:
    """Contents of the records and manifests of a report.

    Attributes:
        newest: start of the most recent run, UTC to the minute; None without runs.
        suites: title by name.
        datasets, methods: names as in the tables.
        done, failed, missing: numbers of runs; interrupted runs are missing.
        not_run: `method on dataset` of combinations that could not be planned.
    """

    newest: str | None
    suites: Mapping[str, str]
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    done: int
    failed: int
    missing: int
    not_run: tuple[str, ...]


def overview(records: Sequence[RunRecord], manifests: Sequence[SuiteManifest]) -> Overview:
    """Count the runs; independent of the order of the arguments and of the time."""
    runs = gather(records, manifests)
    ended = {run.identity: run.record.status for run in runs if run.record is not None}
    states = list(ended.values())
    not_run = sorted({name for manifest in manifests for name in manifest.not_run})
    started = max((record.started for record in records), default=None)
    return Overview(
        newest=None if started is None else f"{started[:16].replace('T', ' ')} UTC",
        suites={manifest.suite: manifest.title for manifest in sorted(manifests, key=lambda manifest: manifest.suite)},
        datasets=tuple(sorted({run.data for run in runs} | {name.rpartition(" on ")[2] for name in not_run})),
        methods=tuple(sorted({run.spec.method for run in runs} | {name.rpartition(" on ")[0] for name in not_run})),
        done=states.count(Status.DONE),
        failed=states.count(Status.FAILED),
        missing=len({run.identity for run in runs}) - states.count(Status.DONE) - states.count(Status.FAILED),
        not_run=tuple(not_run),
    )


def validation_sheet(tables: Sequence[LeaderboardTable]) -> Sheet:
    """Datasets on which a method has all its runs: probes, the text of a corpus, text and pictures of a corpus.

    A dataset with ceilings is a probe, any other a real corpus. Transfers are left out, since their test data are the
    data of another table, or of none.
    """
    datasets: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for table in tables:
        conditions = table.conditions
        for row in table.rows:
            probes, texts, pictured = datasets.setdefault(row.method, ([], [], []))
            if row.state is not RowState.COMPLETE or row.f1 is None or row.control:
                continue
            if conditions.trained_on == conditions.tested_on:
                real = pictured if row.view == OWN_PICTURE else texts
                (probes if conditions.ceilings else real).append(conditions.tested_on)
    rows = tuple((text_cell(method), *map(_names_cell, kinds)) for method, kinds in sorted(datasets.items()))
    return Sheet(tuple(map(name_column, ("method", "probes", "real text", "real text and pictures"))), rows)


def _names_cell(names: Sequence[str]) -> Cell:
    return text_cell(", ".join(dict.fromkeys(names)) or None)
