"""`benchmark list`: methods, datasets, suites, encoders and extractors by the names that flags accept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from mnerbench.benchmark.cli.method_list import Rows, list_methods, print_methods
from mnerbench.benchmark.cli.options import OutputFormat, data_option, format_option, models_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say, say_json
from mnerbench.datasets.untrusted.display import cell


@click.command("list", cls=Verb)
@click.argument("what", type=click.Choice(["methods", "datasets", "suites", "encoders", "extractors"]))
@data_option
@models_option
@format_option
def command(what: str, data: Path | None, models: Path | None, output_format: str) -> None:
    """List methods, datasets, suites, encoders or extractors of visual inputs."""
    if what == "datasets":
        print_datasets(data, output_format)
        return
    listers: dict[str, Callable[[], Rows]] = {
        "methods": list_methods,
        "suites": list_suites,
        "encoders": partial(list_encoders, models),
        "extractors": list_extractors,
    }
    rows = listers[what]()
    if output_format == OutputFormat.JSON.value:
        say_json(rows)
        return
    printers = {"methods": print_methods, "suites": _print_suites}
    printers.get(what, _print)(rows)
    if what == "encoders":
        say("any other folder: --encoder DIR; with another name in tables: --encoder NAME=DIR")


def _print(rows: Rows) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from mnerbench.benchmark.display.console import console

    if not rows:
        console().print("none")
        return
    table = Table(*rows[0], box=SIMPLE_HEAD, pad_edge=False)
    # Keeps a single name on one line; a list of names has to wrap.
    table.columns[0].no_wrap = not any(isinstance(next(iter(row.values())), list) for row in rows)
    for row in rows:
        table.add_row(*(cell(", ".join(map(str, v)) if isinstance(v, list) else v) for v in row.values()))
    console().print(table)


def print_datasets(data: Path | None, output_format: str) -> None:
    """Print the known datasets as a table or JSON."""
    from dataclasses import asdict

    from rich.table import Table

    from mnerbench.benchmark.display.console import console
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.datasets.catalog.listing import dataset_rows

    rows = dataset_rows(data_dir(data))
    if output_format == OutputFormat.JSON.value:
        say_json([asdict(row) for row in rows], 2)
        return
    table = Table("name", "title", "splits", "tweets", "entities", "here")
    for row in rows:
        splits = "/".join(row.tweets)
        counts = (_joined(row.tweets), _joined(row.entities))
        table.add_row(*map(cell, (row.name, row.title, splits, *counts, "yes" if row.here else "no")))
    console().print(table)


def _joined(counts: dict[str, int | None]) -> str:
    if all(count is None for count in counts.values()):
        return "\N{EN DASH}"
    return "/".join("?" if count is None else f"{count:,}" for count in counts.values())


def list_suites() -> Rows:
    """List every shipped suite: top-level ones first, then folder by folder."""
    from mnerbench.benchmark.planning.suite import load_suite, suite_names

    rows = []
    for name in sorted(suite_names(), key=lambda name: (name.rpartition("/")[0], name)):
        suite = load_suite(name)
        rows.append(
            {
                "suite": name,
                "title": suite.title,
                "datasets": list(dict.fromkeys(name for part in suite.resolved_parts for name in part.datasets)),
                "methods": list(suite.all_names),
                "seeds": len(suite.seeds),
            }
        )
    return rows


def _print_suites(rows: Rows) -> None:
    """Print one table with a line between folders; shows only the number of methods, to keep rows short."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from mnerbench.benchmark.display.console import console

    table = Table("suite", "title", "datasets", "methods", "seeds", box=SIMPLE_HEAD, pad_edge=False)
    table.columns[0].no_wrap = True
    for index, row in enumerate(rows):
        folder = row["suite"].rpartition("/")[0]
        if index and folder != rows[index - 1]["suite"].rpartition("/")[0]:
            table.add_section()
        few = len(row["datasets"]) < 4
        names = cell(", ".join(row["datasets"]) or "--datasets") if few else f"{len(row['datasets'])}"
        table.add_row(row["suite"], cell(row["title"]), names, str(len(row["methods"])), str(row["seeds"]))
    console().print(table)
    console().print("runs of a suite: benchmark plan --suite NAME; names of its methods: --format json", markup=False)


def list_extractors() -> Rows:
    """List the extractors of visual inputs by the names that `--input` accepts."""
    from mnerbench.datasets.visual.extractors.catalog import extractor_rows

    return extractor_rows()


def list_encoders(models: Path | None) -> Rows:
    """List the encoders that `--encoder` finds without a network, in the order of the lookup."""
    from mnerbench.datasets.pretrained import cached_models, local_models, models_dir
    from mnerbench.methods.encoders.source import SCRATCH

    folder = models_dir(models)
    rows = [{"encoder": SCRATCH, "where": "built from the training texts; random weights, no download"}]
    rows += [{"encoder": name, "where": str((folder or Path()) / name)} for name in local_models(folder)]
    rows += [{"encoder": name, "where": "Hugging Face cache"} for name in cached_models()]
    return rows
