"""What a results folder holds, and on what each method was tried: the first thing to say above all tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.reports.analysis.row_data import RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.runs import gather
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.format import NONE, Sheet


@dataclass(frozen=True)
class Overview:
    """What the records and grids of a report are of.

    Attributes:
        newest: when the last of the runs was started, UTC to the minute; None without any.
        suites: title by name.
        datasets, methods: names, as tables call them.
        done, failed, missing: runs; what was interrupted is missing.
        not_run: `method on dataset` that could not even be planned.
    """

    newest: str | None
    suites: Mapping[str, str]
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    done: int
    failed: int
    missing: int
    not_run: tuple[str, ...]


def overview(records: Sequence[RunRecord], grids: Sequence[SuiteManifest]) -> Overview:
    """Count what is there; the order of the arguments never matters, and no clock is asked."""
    runs = gather(records, grids)
    ended = {run.identity: run.record.status for run in runs if run.record is not None}
    states = list(ended.values())
    lacking = sorted({name for grid in grids for name in grid.not_run})
    started = max((record.started for record in records), default=None)
    return Overview(
        newest=None if started is None else f"{started[:16].replace('T', ' ')} UTC",
        suites={grid.suite: grid.title for grid in sorted(grids, key=lambda grid: grid.suite)},
        datasets=tuple(sorted({run.data for run in runs} | {name.rpartition(" on ")[2] for name in lacking})),
        methods=tuple(sorted({run.spec.method for run in runs} | {name.rpartition(" on ")[0] for name in lacking})),
        done=states.count(Status.DONE),
        failed=states.count(Status.FAILED),
        missing=len({run.identity for run in runs}) - states.count(Status.DONE) - states.count(Status.FAILED),
        not_run=tuple(lacking),
    )


def validation_sheet(tables: Sequence[LeaderboardTable]) -> Sheet:
    """On what each method has all its runs: generated probes, the text of a corpus, text and pictures of a corpus.

    A dataset with ceilings is a probe, any other is taken for what its card says. Transfers are left out: what they are
    scored on is another table's own data, or nobody's.
    """
    places: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for table in tables:
        known = table.conditions
        for row in table.rows:
            probes, texts, pictured = places.setdefault(row.method, ([], [], []))
            if row.state is not RowState.COMPLETE or row.f1 is None or row.control:
                continue
            if known.trained_on == known.tested_on:
                own = row.view == OWN_PICTURE
                (probes if known.ceilings else pictured if own else texts).append(known.tested_on)
    rows = tuple((method, *map(_names, found)) for method, found in sorted(places.items()))
    return Sheet(("method", "probes", "real text", "real text and pictures"), 4, rows)


def _names(found: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(found)) or NONE
