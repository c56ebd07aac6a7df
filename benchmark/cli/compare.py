"""`benchmark compare A B`: the full story of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import out_option

if TYPE_CHECKING:
    from mnerbench.reports.leaderboard import Analysed
    from mnerbench.reports.sections import Section


@click.command("compare")
@click.argument("a")
@click.argument("b")
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option("--dataset", metavar="NAME", help="Only this dataset.")
@click.option("--examples", type=click.IntRange(min=0), default=3, show_default=True, help="Tweets shown on each side.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "markdown"]),
    default="table",
    show_default=True,
    help="For the terminal, or a Markdown text on stdout.",
)
def command(
    *, a: str, b: str, out: Path, suites: tuple[str, ...], dataset: str | None, examples: int, output_format: str
) -> None:
    """Compare two results: is A better than B, where, by how much, and how sure is it?

    A and B are methods in their main views (bert-crf), or METHOD@VIEW (ita-ga@t). Every table that holds both is told.
    """
    from mnerbench.benchmark.cli.report import analysed_tables
    from mnerbench.benchmark.cli.screen import console
    from mnerbench.benchmark.records import RunStore
    from mnerbench.benchmark.tallies import TallyStore
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.reports.cases import cases_of
    from mnerbench.reports.duel import check_names, duel_of, find_row
    from mnerbench.reports.duel_sections import sections_of
    from mnerbench.reports.markdown import markdown_sections
    from mnerbench.reports.terminal import print_sections
    from mnerbench.reports.wording import condition_lines, heading

    store = RunStore(out)
    tables = _of_dataset(analysed_tables(store, suites, None), dataset)
    check_names((a, b), tables)
    screen, told = console(), 0
    for one in tables:
        rows = find_row(one, a), find_row(one, b)
        if rows[0] is None or rows[1] is None:
            continue
        told += 1
        duel = duel_of(one, rows[0], rows[1], cases_of(one.group, store, TallyStore(store)))
        found: list[Section] = list(sections_of(duel, examples))
        if output_format == "markdown":
            click.echo(markdown_sections(heading(one.table), found), nl=False)
        else:
            print_sections(heading(one.table), found, condition_lines(one.table.conditions), screen)
    if not told:
        raise ConfigError(f"no table holds both {a!r} and {b!r}\n  -> run them on the same data with the same encoder")


def _of_dataset(tables: Sequence[Analysed], dataset: str | None) -> list[Analysed]:
    from mnerbench.datasets.errors import ConfigError, suggestion

    if dataset is None:
        return list(tables)
    found = [one for one in tables if one.table.conditions.dataset == dataset]
    if not found:
        known = {one.table.conditions.dataset for one in tables}
        raise ConfigError(f"--dataset {dataset!r}: no such data in these runs{suggestion(dataset, known)}")
    return found
