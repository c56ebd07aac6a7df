"""Collects what a reproducibility checklist is answered from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mnerbench.benchmark.results.damage import Damage
from mnerbench.benchmark.results.manifest import SuiteManifest
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.search_results import TuningFile
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.results.store import RunStore
from mnerbench.reports.analysis.checklist.corpora import dataset_facts
from mnerbench.reports.analysis.checklist.environment import (
    code_versions,
    commit_uses,
    computed,
    hardware_uses,
    pretrained_parts,
    software_uses,
)
from mnerbench.reports.analysis.checklist.facts import ChecklistFacts, KeptFacts
from mnerbench.reports.analysis.checklist.methods import method_facts, selection_facts
from mnerbench.reports.analysis.leaderboard import Analysed
from mnerbench.reports.analysis.overview import overview
from mnerbench.reports.analysis.run_rows import run_rows


def checklist_facts(
    store: RunStore,
    records: Sequence[RunRecord],
    manifests: Sequence[SuiteManifest],
    analysed: Sequence[Analysed],
    searches: Sequence[TuningFile],
    *,
    data: Path,
    damaged: Sequence[Damage] = (),
    verified: int | None = None,
) -> ChecklistFacts:
    """The facts of a results folder, or of some of its suites.

    Args:
        store: the folder.
        records: of the ended runs of the report.
        manifests: of its suites.
        analysed: its tables with their runs.
        searches: of settings.
        data: the data folder, for cards that do not ship with the package.
        damaged: files that were left out, relative to the folder.
        verified: number of files of predictions from which scores were recomputed; None without verification.
    """
    groups, tables = [item.group for item in analysed], tuple(item.table for item in analysed)
    done = [record for record in records if record.status is Status.DONE]
    ours, rows = computed(done), run_rows(groups)
    return ChecklistFacts(
        tables=tables,
        overview=overview(records, manifests),
        methods=tuple(method_facts(rows)),
        selections=tuple(selection_facts(groups)),
        searches=tuple((file.suite, search) for file in searches for search in file.searches),
        hardware=hardware_uses(ours),
        software=software_uses(ours),
        commits=commit_uses(ours),
        code=code_versions(ours),
        lost_seconds=sum(record.seconds for record in records if record.status is not Status.DONE),
        resumed=sum(record.resumed > 0 for record in ours),
        datasets=tuple(dataset_facts(_datasets(analysed), done, tables, data)),
        pretrained=tuple(pretrained_parts(row.spec for row in rows if row.spec is not None)),
        kept=_kept(store, done, damaged, verified),
    )


def _datasets(analysed: Sequence[Analysed]) -> Iterator[DatasetRef]:
    for run in (run for item in analysed for series in item.group.series for run in series.runs):
        yield run.spec.dataset
        yield run.tested_on


def _kept(store: RunStore, records: Sequence[RunRecord], damaged: Sequence[Damage], verified: int | None) -> KeptFacts:
    files = [
        store.predictions_path(record.identity, split, view)
        for record in records
        for split, views in record.metrics.items()
        if split in record.spec.tests
        for view in views
    ]
    reasons = tuple((damage.location, damage.reason) for damage in damaged)
    return KeptFacts(len(files), sum(path.is_file() for path in files), verified, reasons)
