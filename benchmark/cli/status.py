"""`benchmark status`: the state of every run in a results folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import OutputFormat, format_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_json
from mnerbench.benchmark.display.warnings import RERUN_STALE
from mnerbench.datasets.untrusted.display import cell

if TYPE_CHECKING:
    from mnerbench.benchmark.results.code_state import Computed
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.search_results import TuningFile
    from mnerbench.benchmark.results.store import RunStore

COUNTS = ("done", "failed", "running", "interrupted", "missing")


@click.command("status", cls=Verb)
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@format_option
def command(out: Path, suites: tuple[str, ...], output_format: str) -> None:
    """Show per suite and method how many runs are done, failed, running, interrupted or missing, and why."""
    from mnerbench.benchmark.display.warnings import computed_runs, warn_of_damage
    from mnerbench.benchmark.results.code_state import unknown_code_sentence
    from mnerbench.benchmark.results.manifest import load_manifests, require_suites
    from mnerbench.benchmark.results.search_results import load_searches
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.errors import StoreError

    store = RunStore(out)
    grids, searches = load_manifests(out, store.damage), load_searches(out, store.damage)
    planned = {identity for grid in grids for identity, _ in grid.named_runs()}
    outside = [] if suites else [identity for identity in store.recorded() if identity not in planned]
    external = _external_rows(store, outside)
    if not grids and not searches and not external:
        warn_of_damage(store.damage)
        raise StoreError(
            f"{out}: no suite has started its runs here (feature extraction comes before)\n"
            f"  -> benchmark run --suite NAME --out {out}"
        )
    if suites:
        require_suites(out, suites, [*(file.suite for file in grids), *(file.suite for file in searches)])
        grids = [grid for grid in grids if grid.suite in suites]
        searches = [search for search in searches if search.suite in suites]
        planned = {identity for grid in grids for identity, _ in grid.named_runs()}
    records = {identity: record for identity in planned if (record := store.record(identity)) is not None}
    computed = computed_runs(records.values())
    rows = [row for grid in grids for row in _rows(grid, store, records, computed)] + external
    warn_of_damage(store.damage)
    if output_format == OutputFormat.JSON.value:
        say_json(rows)
        return
    _print(rows, searches, out, unknown_code_sentence(computed.values()))


def _rows(
    grid: SuiteManifest, store: RunStore, records: Mapping[str, RunRecord], computed: Mapping[str, Computed]
) -> list[dict[str, Any]]:
    """Build one row per method and dataset of a suite; a run with several names counts under each.

    Args:
        grid: the manifest of the suite.
        store: the results folder.
        records: records by identity.
        computed: code of the finished runs, by identity.
    """
    from mnerbench.benchmark.results.locks import RunLocks

    rows: dict[tuple[str, str], dict[str, Any]] = {}

    def row_of(method: str, dataset: str) -> dict[str, Any]:
        new = {"suite": grid.suite, "method": method, "dataset": dataset, **dict.fromkeys(COUNTS, 0), "reasons": []}
        return rows.setdefault((method, dataset), new)

    from mnerbench.benchmark.results.code_state import other_code_sentences
    from mnerbench.benchmark.results.method_labels import method_labels
    from mnerbench.benchmark.results.record import Status

    codes: dict[tuple[str, str], list[Computed]] = {}
    locks = RunLocks(store)
    label_of = method_labels(spec for _, spec in grid.named_runs())
    # A run planned under two protocols counts once.
    plans = {(label_of(spec), spec.dataset.title, identity): spec for identity, spec in grid.named_runs()}
    for (method, dataset, identity), spec in plans.items():
        row, record = row_of(method, dataset), records.get(identity)
        ended = record is not None and record.status is not Status.INTERRUPTED
        state = record.status.value if record is not None else "missing"
        row[state if ended or not locks.is_held(identity) else "running"] += 1
        if record is None and (damage := store.damage.of(identity)) is not None:
            row["reasons"].append(f"seed {spec.seed}: damaged record: {damage.reason}")
        if record is not None and record.error is not None:
            row["reasons"].append(f"seed {spec.seed}: {record.error.kind}: {record.error.message}")
        if identity in computed:
            codes.setdefault((method, dataset), []).append(computed[identity]._replace(method=method))
    for (method, dataset), runs in codes.items():
        row_of(method, dataset)["reasons"] += [f"{text}: {RERUN_STALE}" for text in other_code_sentences(runs)]
    for name, not_run in grid.not_run.items():
        method, _, dataset = name.rpartition(" on ")
        row_of(method, dataset)["reasons"].append(f"not run: {not_run.reason}")
    # In the order of `plan`; a run with two names would otherwise only appear at its first one.
    methods, datasets = (dict.fromkeys(key[column] for key in rows) for column in (0, 1))
    return [rows[method, dataset] for dataset in datasets for method in methods if (method, dataset) in rows]


def _external_rows(store: RunStore, identities: Sequence[str]) -> list[dict[str, Any]]:
    """Build one row per system and dataset whose predictions were scored from files."""
    from mnerbench.benchmark.results.spec import EXTERNAL

    counts: dict[tuple[str, str], int] = {}
    for identity in identities:
        record = store.record(identity)
        if record is not None and record.spec.protocol == EXTERNAL:
            key = record.spec.method, record.spec.dataset.title
            counts[key] = counts.get(key, 0) + 1
    return [
        {"suite": "(from files)", "method": method, "dataset": dataset, **dict.fromkeys(COUNTS, 0), "done": number}
        | {"reasons": []}
        for (method, dataset), number in counts.items()
    ]


def _print(rows: list[dict[str, Any]], searches: Sequence[TuningFile], out: Path, unknown: str) -> None:
    from rich.table import Table

    from mnerbench.benchmark.display.console import console
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
    for file in searches:
        folder = out / TUNING / file.suite
        for search in file.searches:
            alive = {trial.number for trial in search.trials if is_alive(folder, trial.process)}
            best = f", best dev F1 {100 * (search.best.value or 0):.2f}" if search.best is not None else ""
            line = f"search {file.suite}: {search.method} on {search.dataset}, {search.progress(alive)}{best}"
            screen.print(line, markup=False)
    screen.print(f"size of {out}: {_disk_usage(out)}", markup=False)


def _disk_usage(out: Path) -> str:
    """Format the size of a folder, and of the checkpoints of unfinished runs and the kept taggers in it."""
    from mnerbench.benchmark.results.store import CHECKPOINT, TAGGER

    total = checkpoints = taggers = 0
    for path in out.rglob("*"):
        with suppress(OSError):  # a run may end during the walk
            size = path.stat().st_size if path.is_file() else 0
            total, checkpoints = total + size, checkpoints + size * (path.name == CHECKPOINT)
            taggers += size * (TAGGER in path.relative_to(out).parts[1:2])
    parts = {"checkpoints of unfinished runs": checkpoints, "kept taggers (`benchmark clean` lists them)": taggers}
    shares = [f"{size / 1e6:,.1f} MB are {what}" for what, size in parts.items() if size]
    return f"{total / 1e6:,.1f} MB{', of which ' if shares else ''}{' and '.join(shares)}"
