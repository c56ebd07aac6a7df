"""`benchmark compare A B`: a detailed comparison of two methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import margin_option, out_option
from mnerbench.benchmark.cli.output import say_document, say_json, say_warning
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.datasets.untrusted.display import quoted

if TYPE_CHECKING:
    from mnerbench.benchmark.results.code_state import Code
    from mnerbench.reports.analysis.leaderboard import Analysed
    from mnerbench.reports.analysis.pairwise import PairwiseComparison


@click.command("compare", cls=Verb)
@click.argument("a")
@click.argument("b")
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option("--dataset", metavar="NAME", help="Only this dataset.")
@margin_option
@click.option(
    "--examples",
    type=click.IntRange(0, 10_000),
    default=3,
    show_default=True,
    help="Example tweets per side.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="Tables for the terminal, Markdown, or JSON.",
)
def command(
    *,
    a: str,
    b: str,
    out: Path,
    suites: tuple[str, ...],
    dataset: str | None,
    margin: float,
    examples: int,
    output_format: str,
) -> None:
    """Compare two methods: which is better, where, by how much, and how certain is it?

    A and B are METHOD, for its primary view, or METHOD@VIEW, such as maf@t. The comparison is printed for every table
    that contains both.
    """
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.warnings import find_installed_code, warn_of_damage
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.reports.analysis.cases import correctness_of
    from mnerbench.reports.analysis.pairwise import as_data, check_names, compare_rows, find_row, find_rows
    from mnerbench.reports.analysis.row_text import heading
    from mnerbench.reports.load import load_results
    from mnerbench.reports.render.markdown import markdown_sections
    from mnerbench.reports.render.pairwise_sections import pairwise_sections
    from mnerbench.reports.render.terminal import print_sections
    from mnerbench.reports.render.wording import condition_lines

    store = RunStore(out)
    results = load_results(store, suites, None, find_installed_code, margin=margin)
    warn_of_damage(store.damage)
    tables = _of_dataset(results.analysed, dataset)
    check_names((a, b), tables)
    comparisons = [
        (analysed, compare_rows(analysed, row_a, row_b, correctness_of(analysed.group, store, results.stats)))
        for analysed in tables
        if find_rows(analysed, a) and find_rows(analysed, b)
        if (row_a := find_row(analysed, a)) is not None and (row_b := find_row(analysed, b)) is not None
    ]
    if not comparisons:
        locations = (f"{quoted(name)} is in: {'; '.join(_headings_with(name, tables))}" for name in (a, b))
        raise ConfigError(
            f"no table contains both; {', '.join(locations)}\n"
            "  -> run both on the same data, with the same encoder and protocol"
        )
    for analysed, comparison in comparisons:
        for text in _code_warnings(analysed, comparison, results.installed):
            say_warning(f"warning: {text}")
    if output_format == "json":
        say_json([as_data(comparison, heading(analysed.table)) for analysed, comparison in comparisons])
        return
    for analysed, comparison in comparisons:
        title, sections = heading(analysed.table), list(pairwise_sections(comparison, examples))
        if output_format == "markdown":
            say_document(markdown_sections(title, sections))
        else:
            print_sections(title, sections, condition_lines(analysed.table.conditions), console())
    warn_of_damage(store.damage)


def _code_warnings(analysed: Analysed, comparison: PairwiseComparison, installed: Mapping[str, Code]) -> list[str]:
    """Warn about the code of both methods."""
    from mnerbench.reports.analysis.code_warnings import code_warnings

    compared = {comparison.a.method, comparison.b.method}
    series = tuple(series for series in analysed.group.series if series.label in compared)
    return code_warnings(replace(analysed.group, series=series), installed)


def _headings_with(name: str, tables: Sequence[Analysed]) -> list[str]:
    from mnerbench.reports.analysis.pairwise import find_rows
    from mnerbench.reports.analysis.row_text import heading

    return [heading(analysed.table) for analysed in tables if find_rows(analysed, name)]


def _of_dataset(tables: Sequence[Analysed], dataset: str | None) -> list[Analysed]:
    from mnerbench.datasets.errors import ConfigError, suggestion

    if dataset is None:
        return list(tables)
    matches = [analysed for analysed in tables if analysed.table.conditions.dataset == dataset]
    if not matches:
        names = {analysed.table.conditions.dataset for analysed in tables}
        reason = f"--dataset {quoted(dataset)}: no such dataset in these runs{suggestion(dataset, names)}"
        raise ConfigError(f"{reason}\n  -> use a dataset name from the tables' headings, or leave --dataset out")
    return matches
