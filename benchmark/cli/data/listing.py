"""Prints the list of datasets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from mnerbench.benchmark.cli.console import console
from mnerbench.benchmark.cli.grid_options import OutputFormat
from mnerbench.benchmark.cli.output import say_json
from mnerbench.datasets.catalog.listing import DatasetRow
from mnerbench.datasets.untrusted.display import cell


def print_rows(rows: Sequence[DatasetRow], output_format: OutputFormat) -> None:
    """Print datasets as a table or JSON."""
    if output_format is OutputFormat.JSON:
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
