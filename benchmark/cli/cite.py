"""`benchmark cite`: BibTeX for what a table used."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.options import PossiblePath, data_option, input_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_document, say_json


@click.command("cite", cls=Verb)
@click.argument("names", nargs=-1, metavar="[METHOD | DATASET | EXTRACTOR]...")
@click.option("--suite", "suite_name", metavar="NAME | FILE", help="All that a suite uses.")
@click.option(
    "--out",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="All that the runs of a results folder used.",
)
@click.option("--encoder", metavar="NAME", help="A text encoder, such as bert-base-uncased.")
@input_option
@data_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["bibtex", "text", "json"]),
    default="bibtex",
    show_default=True,
    help="A .bib file, a line per item, or JSON.",
)
def command(
    *,
    names: tuple[str, ...],
    suite_name: str | None,
    out: Path | None,
    encoder: str | None,
    inputs: tuple[str, ...],
    data: Path | None,
    output_format: str,
) -> None:
    """Print BibTeX for methods, datasets, a suite or a results folder, and for this software and its scorers.

    What has no entry is named in comments at the end.
    """
    from mnerbench.benchmark.api.citing import collect
    from mnerbench.benchmark.display.warnings import warn_of_damage
    from mnerbench.benchmark.planning.overrides import parse_inputs
    from mnerbench.benchmark.results.store import RunStore

    store = RunStore(out) if out is not None else None
    sources = parse_inputs(inputs)
    citations = collect(names, suite=suite_name, store=store, encoder=encoder, inputs=sources, data=data)
    if store is not None:
        warn_of_damage(store.damage)
    if output_format == "json":
        say_json(citations.to_list())
    else:
        say_document(citations.text if output_format == "text" else citations.bibtex)
