"""`benchmark compare A B`: a detailed comparison of two methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import margin_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_document, say_json, say_warning

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
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.display.warnings import find_installed_code, warn_of_damage
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.analysis.pairwise import as_data
    from mnerbench.reports.analysis.row_text import heading
    from mnerbench.reports.load import load_results
    from mnerbench.reports.pairs import compared_pairs
    from mnerbench.reports.render.markdown import markdown_sections
    from mnerbench.reports.render.pairwise_sections import pairwise_sections
    from mnerbench.reports.render.terminal import print_sections
    from mnerbench.reports.render.wording import condition_lines

    store = RunStore(out)
    results = load_results(store, suites, None, find_installed_code, margin=margin)
    warn_of_damage(store.damage)
    comparisons = compared_pairs(results, a, b, dataset)
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
