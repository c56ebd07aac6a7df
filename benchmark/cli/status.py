"""`benchmark status`: what a results folder holds and what it still lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.code import REMEDY
from mnerbench.benchmark.cli.grid_options import OutputFormat, format_option, out_option
from mnerbench.benchmark.cli.output import say_json
from mnerbench.datasets.untrusted.display import cell

if TYPE_CHECKING:
    from mnerbench.benchmark.results.code_state import Computed
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.search_results import TuningFile
    from mnerbench.benchmark.results.store import RunStore

COUNTS = ("done", "failed", "running", "interrupted", "missing")


@click.command("status")
@out_option
@format_option
def command(out: Path, output_format: str) -> None:
    """Say, per suite and method, which runs are done, failed, running, interrupted or missing, and why."""
    from mnerbench.benchmark.cli.code import computed_runs
    from mnerbench.benchmark.cli.warnings import warn_of_damage
    from mnerbench.benchmark.results.code_state import unknown_code_sentence
    from mnerbench.benchmark.results.manifest import load_grids
    from mnerbench.benchmark.results.search_results import load_searches
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.errors import StoreError

    store = RunStore(out)
    grids, searches = load_grids(out, store.damage), load_searches(out, store.damage)
    asked = {identity for grid in grids for identity, _ in grid.plans()}
    given = _given(store, [identity for identity in store.recorded() if identity not in asked])
    if not grids and not searches and not given:
        warn_of_damage(store.damage)
        raise StoreError(
            f"{out}: no suite has begun its runs here (pictures are looked at before)\n"
            f"  -> benchmark run --suite NAME --out {out}"
        )
    records = {identity: record for identity in asked if (record := store.record(identity)) is not None}
    computed = computed_runs(records.values())
    rows = [row for grid in grids for row in _rows(grid, store, records, computed)] + given
    warn_of_damage(store.damage)
    if output_format == OutputFormat.JSON.value:
        say_json(rows)
        return
    _print(rows, searches, out, unknown_code_sentence(computed.values()))


def _rows(
    grid: SuiteManifest, store: RunStore, records: Mapping[str, RunRecord], computed: Mapping[str, Computed]
) -> list[dict[str, Any]]:
    """One row per method and dataset of a suite, under every name that was asked for.

    Args:
        grid: what the suite asked for.
        store: the results folder.
        records: by identity.
        computed: the code of those that have ended, by identity.
    """
    rows: dict[tuple[str, str], dict[str, Any]] = {}

    def row_of(method: str, dataset: str) -> dict[str, Any]:
        new = {"suite": grid.suite, "method": method, "dataset": dataset, **dict.fromkeys(COUNTS, 0), "reasons": []}
        return rows.setdefault((method, dataset), new)

    from mnerbench.benchmark.results.code_state import other_code_sentences
    from mnerbench.benchmark.results.locks import Claims
    from mnerbench.benchmark.results.method_labels import method_labels
    from mnerbench.benchmark.results.record import Status

    codes: dict[tuple[str, str], list[Computed]] = {}
    # One run asked for under two protocols is one run.
    claims = Claims(store)
    called = method_labels(spec for _, spec in grid.plans())
    plans = {(called(spec), spec.dataset.title, identity): spec for identity, spec in grid.plans()}
    for (method, dataset, identity), spec in plans.items():
        row, record = row_of(method, dataset), records.get(identity)
        ended = record is not None and record.status is not Status.INTERRUPTED
        state = record.status.value if record is not None else "missing"
        row[state if ended or not claims.is_held(identity) else "running"] += 1
        if record is None and (damage := store.damage.of(identity)) is not None:
            row["reasons"].append(f"seed {spec.seed}: damaged record: {damage.reason}")
        if record is not None and record.error is not None:
            row["reasons"].append(f"seed {spec.seed}: {record.error.kind}: {record.error.message}")
        if identity in computed:
            codes.setdefault((method, dataset), []).append(computed[identity]._replace(method=method))
    for (method, dataset), runs in codes.items():
        row_of(method, dataset)["reasons"] += [f"{text}: {REMEDY}" for text in other_code_sentences(runs)]
    for name, why in grid.not_run.items():
        method, _, dataset = name.rpartition(" on ")
        row_of(method, dataset)["reasons"].append(f"not run: {why.reason}")
    # As `plan` has them: a run of two names would else stand where its first name does.
    methods, datasets = (dict.fromkeys(key[place] for key in rows) for place in (0, 1))
    return [rows[method, dataset] for dataset in datasets for method in methods if (method, dataset) in rows]


def _given(store: RunStore, identities: Sequence[str]) -> list[dict[str, Any]]:
    """One row per system and dataset whose predictions were scored from files."""
    from mnerbench.benchmark.results.spec import EXTERNAL

    found: dict[tuple[str, str], int] = {}
    for identity in identities:
        record = store.record(identity)
        if record is not None and record.spec.protocol == EXTERNAL:
            key = record.spec.method, record.spec.dataset.title
            found[key] = found.get(key, 0) + 1
    return [
        {"suite": "(from files)", "method": method, "dataset": dataset, **dict.fromkeys(COUNTS, 0), "done": number}
        | {"reasons": []}
        for (method, dataset), number in found.items()
    ]


def _print(rows: list[dict[str, Any]], searches: Sequence[TuningFile], out: Path, unknown: str) -> None:
    from rich.table import Table

    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.results.search_results import TUNING
    from mnerbench.benchmark.tuning.processes import is_alive

    screen = console()
    columns = ("suite", "method", "dataset", *COUNTS)
    table = Table(*columns)
    for row in rows:
        table.add_row(*(cell(row[key]) for key in columns))
    if rows:
        screen.print(table)
    for row in rows:
        for reason in row["reasons"]:
            screen.print(f"{row['method']} on {row['dataset']}, {reason}", markup=False, style="yellow")
    if unknown:
        screen.print(unknown, markup=False, style="yellow")
    for one in searches:
        folder = out / TUNING / one.suite
        for found in one.searches:
            alive = {trial.number for trial in found.trials if is_alive(folder, trial.process)}
            best = f", best dev F1 {100 * (found.best.value or 0):.2f}" if found.best is not None else ""
            words = f"search {one.suite}: {found.method} on {found.dataset}, {found.progress(alive)}{best}"
            screen.print(words, markup=False)
    screen.print(f"{out} holds {_held(out)}", markup=False)


def _held(out: Path) -> str:
    """How much is in a folder, and how much of it are checkpoints of runs that are not over."""
    from mnerbench.benchmark.results.store import CHECKPOINT

    total = kept = 0
    for path in out.rglob("*"):
        with suppress(OSError):  # a run may end meanwhile
            size = path.stat().st_size if path.is_file() else 0
            total, kept = total + size, kept + size * (path.name == CHECKPOINT)
    unfinished = f", {kept / 1e6:,.1f} MB of it checkpoints of unfinished runs" if kept else ""
    return f"{total / 1e6:,.1f} MB{unfinished}"
