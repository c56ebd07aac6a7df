"""`benchmark compare A B`: the full story of one pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.grid_options import out_option
from mnerbench.benchmark.cli.output import say_document, say_json, say_warning

if TYPE_CHECKING:
    from mnerbench.benchmark.results.code_state import Code
    from mnerbench.reports.analysis.leaderboard import Analysed
    from mnerbench.reports.analysis.pairwise import PairwiseComparison


@click.command("compare")
@click.argument("a")
@click.argument("b")
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option("--dataset", metavar="NAME", help="Only this dataset.")
@click.option(
    "--examples",
    type=click.IntRange(0, 10_000),
    default=3,
    show_default=True,
    help="Tweets shown on each side.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="For the terminal, or Markdown or JSON on stdout.",
)
def command(
    *, a: str, b: str, out: Path, suites: tuple[str, ...], dataset: str | None, examples: int, output_format: str
) -> None:
    """Compare two results: is A better than B, where, by how much, and how sure is it?

    A and B are methods in their main views (bert-crf), or METHOD@VIEW (ita-ga@t). Every table that holds both is told.
    """
    from mnerbench.benchmark.cli.code import installed_or_warned
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.warnings import warn_of_damage
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
    results = load_results(store, suites, None, installed_or_warned)
    warn_of_damage(store.damage)
    tables = _of_dataset(results.analysed, dataset)
    check_names((a, b), tables)
    pairs = [
        (one, compare_rows(one, own, other, correctness_of(one.group, store, results.stats)))
        for one in tables
        if find_rows(one, a) and find_rows(one, b)
        if (own := find_row(one, a)) is not None and (other := find_row(one, b)) is not None
    ]
    if not pairs:
        where = (f"{name!r} stands in: {'; '.join(_homes(name, tables))}" for name in (a, b))
        raise ConfigError(
            f"no table holds both; {', '.join(where)}\n"
            "  -> run both on the same data, with the same encoder and protocol"
        )
    for one, duel in pairs:
        for text in _of_code(one, duel, results.installed):
            say_warning(f"warning: {text}")
    if output_format == "json":
        say_json([as_data(duel, heading(one.table)) for one, duel in pairs])
        return
    for one, duel in pairs:
        found = list(pairwise_sections(duel, examples))
        if output_format == "markdown":
            say_document(markdown_sections(heading(one.table), found))
        else:
            print_sections(heading(one.table), found, condition_lines(one.table.conditions), console())
    warn_of_damage(store.damage)


def _of_code(one: Analysed, duel: PairwiseComparison, installed: Mapping[str, Code]) -> list[str]:
    """Warnings about the code of both."""
    from mnerbench.reports.analysis.code_warnings import code_warnings

    series = tuple(series for series in one.group.series if series.label in {duel.a.method, duel.b.method})
    return code_warnings(replace(one.group, series=series), installed)


def _homes(name: str, tables: Sequence[Analysed]) -> list[str]:
    from mnerbench.reports.analysis.pairwise import find_rows
    from mnerbench.reports.analysis.row_text import heading

    return [heading(one.table) for one in tables if find_rows(one, name)]


def _of_dataset(tables: Sequence[Analysed], dataset: str | None) -> list[Analysed]:
    from mnerbench.datasets.errors import ConfigError, suggestion

    if dataset is None:
        return list(tables)
    found = [one for one in tables if one.table.conditions.dataset == dataset]
    if not found:
        known = {one.table.conditions.dataset for one in tables}
        reason = f"--dataset {dataset!r}: no such data in these runs{suggestion(dataset, known)}"
        raise ConfigError(f"{reason}\n  -> name one as tables head it, or leave --dataset out")
    return found
