"""`benchmark report`: the leaderboard of a results folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.checklist import require_format, write_checklist
from mnerbench.benchmark.cli.options import PossiblePath, cache_option, data_option, margin_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say, say_document
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.reports.load import CASES, PageOptions, Results, html_page, load_results

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.table_data import LeaderboardTable


@click.command("report", cls=Verb)
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option(
    "--baseline",
    metavar="METHOD",
    help="Method that differences and significance tests compare with.  [default: the suite's]",
)
@margin_option
@click.option(
    "--scorer",
    type=click.Choice(["conlleval", "strict-iob2", "umt"]),
    default="conlleval",
    show_default=True,
    help="Scorer that decodes labels to entities; the other scorers are shown in addition.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown", "html", "csv", "csv-runs", "latex", "json"]),
    default="table",
    show_default=True,
    help="Tables in the terminal (and a Markdown file and an HTML page), an HTML page, or a document on stdout. A line "
    "of csv is a method in a view, of csv-runs a run in a view.",
)
@click.option(
    "--to",
    type=PossiblePath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to this file, in the format of --format (table: Markdown); - is stdout.  "
    "[default: DIR/reports/<suite or all>.*]",
)
@click.option(
    "--figures",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also plot capability profiles of probes and, from five datasets on, average ranks: PNG files in this folder.",
)
@click.option(
    "--cases",
    type=click.IntRange(0, 1_000_000),
    default=CASES,
    show_default=True,
    metavar="N",
    help="Maximum number of tweets per table of the HTML page, among those on which methods disagree.",
)
@click.option(
    "--details", is_flag=True, help="Print all tables of the Markdown report in the terminal: slices, tests, costs."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Recompute every score from its predictions; name and exclude runs that differ, with exit code 1.",
)
@click.option(
    "--checklist",
    is_flag=True,
    help="Instead of the leaderboard, the answers to a reproducibility checklist, from the records: as table, markdown "
    "or json.",
)
@click.option("--whole", is_flag=True, help="Keep everything in an HTML page larger than 15 MB.")
@data_option
@cache_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    verify: bool,
    figures: Path | None,
    cases: int,
    details: bool,
    checklist: bool,
    whole: bool,
    data: Path | None,
    cache: Path | None,
    out: Path,
    suites: tuple[str, ...],
    baseline: str | None,
    margin: float,
    scorer: str,
    output_format: str,
    to: Path | None,
) -> None:
    """Write the leaderboard of a results folder: scores, missing runs and the significance of differences.

    Scores are means over seeds on the test split. Rows with missing runs show their number (3/5) and get no rank.
    Damaged files are named and excluded.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.display.warnings import computed_runs, find_installed_code, warn_of_damage
    from mnerbench.benchmark.results.code_state import unknown_code_sentence
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.atomic_files import write_atomically

    if checklist:
        require_format(output_format)
    results = load_results(RunStore(out), suites, baseline, find_installed_code, scorer, verify=verify, margin=margin)
    _announce(results, baseline, figures)
    if checklist:
        write_checklist(results, data, output_format, to)
        context.exit(_exit_code(results))
    options = PageOptions(data, cache, cases, whole)
    if to == Path("-"):
        to, output_format = None, "markdown" if output_format == "table" else output_format
    elif output_format == "html":
        to = to or _report_path(out, suites).with_suffix(".html")
    if output_format == "table":
        _show(results, options, to, _report_path(out, suites), console(), details=details)
        if unknown := unknown_code_sentence(computed_runs(results.records, results.installed).values()):
            console().print(unknown, style="yellow")
        context.exit(_exit_code(results))
    text = _page(results, options) if output_format == "html" else _rendered(results, output_format)
    if to is None:
        say_document(text)
    else:
        write_atomically(to, text)
        say(f"report: {to}")
    warn_of_damage(results.store.damage)
    context.exit(_exit_code(results))


def _announce(results: Results, baseline: str | None, figures: Path | None) -> None:
    """Print what was verified and what is damaged, refuse an unknown baseline, and draw the figures."""
    from mnerbench.benchmark.display.warnings import warn_of_damage

    if results.verified is not None:
        _print_verification(results)
    warn_of_damage(results.store.damage)
    if baseline is not None:
        _check_baseline(baseline, results.tables)
    if figures is not None:
        _draw(results.tables, figures)


def _exit_code(results: Results) -> int:
    """1 if scores were recomputed and files are damaged or not as recorded."""
    return 1 if results.verified is not None and results.store.damage else 0


def _page(results: Results, options: PageOptions) -> str:
    """Render the HTML page; prints what it leaves out."""
    page = html_page(results, options)
    if page.left_out is not None:
        say(page.left_out, err=True)
    return page.text


def _print_verification(results: Results) -> None:
    """Print how many scores were recomputed, and whether all match the records."""
    runs, damaged = len(results.records), len(results.store.damage)
    counted = f"verified: the scores of {runs:,} runs, recomputed from {results.verified:,} files of predictions"
    bad = f"{damaged:,} {'file is' if damaged == 1 else 'files are'} damaged or not as recorded"
    say(f"{counted}; {bad if damaged else 'all as recorded'}", err=True)


def _rendered(results: Results, output_format: str) -> str:
    from mnerbench.reports.render.csv import csv_report
    from mnerbench.reports.render.json import json_report
    from mnerbench.reports.render.latex import latex_report
    from mnerbench.reports.render.markdown import markdown_report
    from mnerbench.reports.render.run_csv import run_csv_report

    if output_format == "markdown":
        return markdown_report(results.tables, results.searches, results.damaged)
    if output_format == "csv-runs":
        return run_csv_report([analysed.group for analysed in results.analysed])
    if output_format == "json":
        return json_report(results.tables, results.damaged)
    return {"csv": csv_report, "latex": latex_report}[output_format](results.tables)


def _check_baseline(baseline: str, tables: Sequence[LeaderboardTable]) -> None:
    from mnerbench.datasets.errors import ConfigError, suggestion

    names = {row.method for table in tables for row in table.rows}
    if baseline not in names | {name.split(" (")[0] for name in names}:
        reason = f"--baseline {quoted(baseline)}: no such method in these runs{suggestion(baseline, names)}"
        raise ConfigError(f"{reason}\n  -> choose a method with runs here; `benchmark status` lists them")


def _draw(tables: Sequence[LeaderboardTable], folder: Path) -> None:
    from mnerbench.datasets.errors import StoreError
    from mnerbench.reports.analysis.capability_profile import capability_profiles
    from mnerbench.reports.analysis.corpora import corpus_groups
    from mnerbench.reports.analysis.corpus_ranks import corpus_ranks
    from mnerbench.reports.render.figures import profile_figure
    from mnerbench.reports.render.rank_figure import rank_figure

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, profile in enumerate(capability_profiles(tables), start=1):
            path = folder / ("profile.png" if number == 1 else f"profile-{number}.png")
            profile_figure(profile, path)
            say(f"figure: {path}", err=True)
        diagrams = [ranked.ranks for corpora in corpus_groups(tables) if (ranked := corpus_ranks(corpora)) is not None]
        for number, ranks in enumerate(diagrams, start=1):
            path = folder / ("ranks.png" if number == 1 else f"ranks-{number}.png")
            rank_figure(ranks, path)
            say(f"figure: {path}", err=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}\n  -> choose another folder") from error


def _report_path(out: Path, suites: Sequence[str]) -> Path:
    from mnerbench.benchmark.results.stored_files import store_path

    return store_path(out, "reports", f"{'+'.join(sorted(suites)) or 'all'}.md")


def show(store: RunStore, suites: Sequence[str], baseline: str | None, options: PageOptions, screen: Console) -> None:
    """Print the tables of some suites and write their report, at the end of `benchmark run`."""
    from mnerbench.benchmark.display.warnings import find_installed_code, warn_of_damage

    results = load_results(store, suites, baseline, find_installed_code)
    warn_of_damage(store.damage)
    _show(results, options, None, _report_path(store.root, suites), screen)


def _show(
    results: Results, options: PageOptions, to: Path | None, path: Path, screen: Console, *, details: bool = False
) -> None:
    """Print the tables, then write Markdown to `to`, or Markdown and an HTML page to the default `path`."""
    from mnerbench.datasets.atomic_files import write_atomically
    from mnerbench.reports.render.markdown import markdown_report
    from mnerbench.reports.render.terminal import print_leaderboard

    print_leaderboard(results.tables, screen, details=details)
    written = {"report": to or path}
    write_atomically(written["report"], markdown_report(results.tables, results.searches, results.damaged))
    if to is None:
        written["page"], page = path.with_suffix(".html"), html_page(results, options)
        write_atomically(written["page"], page.text)
        if page.left_out is not None:
            screen.print(page.left_out, style="yellow", markup=False)
    if results.tables and not details:
        screen.print(
            "slices, error types, tests, costs: in the report, or with `benchmark report --details`", style="dim"
        )
    for name, file in written.items():
        screen.print(f"{name}: {file}", markup=False, soft_wrap=True)
