"""`benchmark list`: what can be named on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from mnerbench.benchmark.cli.options import OutputFormat, data_option, format_option, models_option

Rows = list[dict[str, Any]]


@click.command("list")
@click.argument("what", type=click.Choice(["methods", "datasets", "suites", "encoders"]))
@data_option
@models_option
@format_option
def command(what: str, data: Path | None, models: Path | None, output_format: str) -> None:
    """List methods, datasets, suites or encoders."""
    rows = {
        "methods": list_methods,
        "datasets": lambda: list_datasets(data),
        "suites": list_suites,
        "encoders": lambda: list_encoders(models),
    }[what]()
    if output_format == OutputFormat.JSON.value:
        click.echo(json.dumps(rows, indent=1))
        return
    _print(rows)


def _print(rows: Rows) -> None:
    from rich.markup import escape
    from rich.table import Table

    from mnerbench.benchmark.cli.screen import console

    if not rows:
        console().print("none")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(escape(", ".join(map(str, v)) if isinstance(v, list) else str(v)) for v in row.values()))
    console().print(table)


def list_methods() -> Rows:
    """Every variant by the name a user types."""
    from mnerbench.methods.registry import methods

    rows = []
    for entry in methods():
        config = entry.configure({})
        inputs = [kind.value for kind in config.inputs]
        views = [view.value for view in config.evaluation_views]
        citation = entry.family.citation.split(";")[0]
        rows.append({"method": entry.name, "what": entry.variant.summary, "inputs": ["text", *inputs], "views": views, "source": citation})
    return rows


def list_datasets(data: Path | None) -> Rows:
    """Every card, and whether its files are here."""
    from mnerbench.datasets.catalog import card_names, data_dir, load_card

    folder = data_dir(data)
    rows = []
    for name in card_names(folder):
        card = load_card(name, folder)
        here = all((folder / name / file.path).is_file() for file in card.files.values())
        sizes = [card.sizes[split].tweets for split in card.sizes]
        rows.append({"dataset": name, "title": card.title, "tweets": "/".join(map(str, sizes)), "here": "yes" if here else "no"})
    return rows


def list_suites() -> Rows:
    """Every shipped suite."""
    from mnerbench.benchmark.suite import load_suite, suite_names

    rows = []
    for name in suite_names():
        suite = load_suite(name)
        rows.append({"suite": name, "title": suite.title, "datasets": list(suite.datasets), "methods": list(suite.methods), "seeds": len(suite.seeds)})
    return rows


def list_encoders(models: Path | None) -> Rows:
    """What `--encoder` finds without a network, in the order in which names are looked up."""
    from mnerbench.methods.layers.encoder_source import SCRATCH, cached_models, local_models, models_dir

    folder = models_dir(models)
    rows = [{"encoder": SCRATCH, "where": "made from the training texts; random weights, no download"}]
    rows += [{"encoder": name, "where": str((folder or Path()) / name)} for name in local_models(folder)]
    rows += [{"encoder": name, "where": "Hugging Face cache"} for name in cached_models()]
    return rows
