"""`benchmark report`: the leaderboard of a results folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import out_option

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.records import RunStore
    from mnerbench.reports.leaderboard import Analysed
    from mnerbench.reports.profile import ProfileRow
    from mnerbench.reports.tables import LeaderboardTable, Row


@click.command("report")
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option("--baseline", metavar="METHOD", help="What differences and tests are against.  [default: the suite's]")
@click.option(
    "--scorer",
    type=click.Choice(["conlleval", "strict-iob2", "umt"]),
    default="conlleval",
    show_default=True,
    help="How labels are read as entities; the others are shown beside it.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="Tables for people (and a Markdown file), or the report itself on stdout.",
)
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report here: JSON with --format json, else Markdown.  [default: DIR/reports/<suite or all>.md]",
)
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also draw the capability profiles of probes there, as PNG.",
)
def command(
    *,
    figures: Path | None,
    out: Path,
    suites: tuple[str, ...],
    baseline: str | None,
    scorer: str,
    output_format: str,
    to: Path | None,
) -> None:
    """Write the leaderboard of a results folder: what is done, what is missing, and what the differences are worth.

    Scores are means over seeds on the test split. Rows that lack runs show how many (3/5) and get no rank.
    """
    from mnerbench.benchmark.cli.screen import console
    from mnerbench.benchmark.records import RunStore, write_atomically
    from mnerbench.reports.markdown import markdown_report

    tables = report_tables(RunStore(out), suites, baseline, scorer)
    if baseline is not None:
        _check_baseline(baseline, tables)
    if figures is not None:
        _draw(tables, figures)
    if output_format == "table":
        _show(tables, to or _report_path(out, suites), console())
        return
    text = as_json(tables) if output_format == "json" else markdown_report(tables)
    if to is None:
        click.echo(text, nl=False)
        return
    write_atomically(to, text)
    click.echo(f"report: {to}")


def report_tables(
    store: RunStore, suites: Sequence[str], baseline: str | None, scorer: str = "conlleval"
) -> list[LeaderboardTable]:
    """The tables of a results folder, or of some of its suites; errors as of `analysed_tables`."""
    return [one.table for one in analysed_tables(store, suites, baseline, scorer)]


def analysed_tables(
    store: RunStore, suites: Sequence[str], baseline: str | None, scorer: str = "conlleval"
) -> list[Analysed]:
    """The same with what each table was made from.

    Raises:
        StoreError: the folder holds no run.
        ConfigError: a suite was not run into this folder.
    """
    from mnerbench.benchmark.requested import load_grids
    from mnerbench.benchmark.spec import EXTERNAL
    from mnerbench.benchmark.tallies import TallyStore
    from mnerbench.datasets.errors import ConfigError, StoreError, suggestion
    from mnerbench.reports.leaderboard import analyse

    records, grids = list(store.records()), load_grids(store.root)
    if not records and not grids:
        raise StoreError(f"{store.root}: no runs here\n  -> benchmark run --suite NAME --out {store.root}")
    known = [grid.suite for grid in grids]
    for name in suites:
        if name not in known:
            raise ConfigError(f"{store.root}: no runs of suite {name!r}{suggestion(name, known)}")
    if suites:
        grids = [grid for grid in grids if grid.suite in suites]
        wanted = {identity for grid in grids for identity in grid.runs}
        data = [dict(spec.dataset.fingerprints) for grid in grids for spec in grid.runs.values()]
        records = [
            record
            for record in records
            if record.identity in wanted
            or (record.spec.family == EXTERNAL and dict(record.spec.dataset.fingerprints) in data)
        ]
    return analyse(records, grids, baseline, scorer, TallyStore(store).of)


def _check_baseline(baseline: str, tables: Sequence[LeaderboardTable]) -> None:
    from mnerbench.datasets.errors import ConfigError, suggestion

    known = {row.method for table in tables for row in table.rows}
    if baseline not in known | {name.split(" (")[0] for name in known}:
        raise ConfigError(f"--baseline {baseline!r}: no such method in these runs{suggestion(baseline, known)}")


def _draw(tables: Sequence[LeaderboardTable], folder: Path) -> None:
    from mnerbench.datasets.errors import StoreError
    from mnerbench.reports.figures import profile_figure
    from mnerbench.reports.profile import capability_profiles

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, profile in enumerate(capability_profiles(tables), start=1):
            path = folder / ("profile.png" if number == 1 else f"profile-{number}.png")
            profile_figure(profile, path)
            click.echo(f"figure: {path}", err=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}\n  -> choose another place") from error


def as_json(tables: Sequence[LeaderboardTable]) -> str:
    """Tables and capability profiles as data: unrounded, scores as fractions."""
    import json
    from dataclasses import asdict

    from mnerbench.reports.profile import capability_profiles

    def row_data(row: Row) -> dict[str, Any]:
        return asdict(row) | {"headroom": row.headroom, "headroom_error": row.headroom_error}

    def profile_row(row: ProfileRow) -> dict[str, Any]:
        own = [None if one is None else {"f1": one.f1 and one.f1.mean, "headroom": one.headroom} for one in row.own]
        return {"method": row.method, "own": own, "wrong_pictures": row.cost, "wrong_pictures_error": row.cost_error}

    data = {
        "tables": [asdict(table) | {"rows": list(map(row_data, table.rows))} for table in tables],
        "profiles": [
            {"conditions": one.conditions, "probes": one.probes, "rows": list(map(profile_row, one.rows))}
            for one in capability_profiles(tables)
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _report_path(out: Path, suites: Sequence[str]) -> Path:
    return out / "reports" / f"{'+'.join(sorted(suites)) or 'all'}.md"


def show(store: RunStore, suites: Sequence[str], baseline: str | None, screen: Console) -> None:
    """Print the tables of some suites and write their report, as at the end of `benchmark run`."""
    _show(report_tables(store, suites, baseline), _report_path(store.root, suites), screen)


def _show(tables: Sequence[LeaderboardTable], path: Path, screen: Console) -> None:
    from mnerbench.benchmark.records import write_atomically
    from mnerbench.reports.markdown import markdown_report
    from mnerbench.reports.terminal import print_leaderboard

    print_leaderboard(tables, screen)
    write_atomically(path, markdown_report(tables))
    screen.print(f"report: {path}", markup=False, soft_wrap=True)
