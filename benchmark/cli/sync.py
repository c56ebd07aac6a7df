"""`benchmark sync`: MLflow from records."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.options import out_option


@click.command("sync")
@out_option
@click.pass_context
def command(context: click.Context, out: Path) -> None:
    """Fill MLflow with every record of a results folder that it lacks. Exit code 1: it cannot be reached."""
    from mnerbench.benchmark.records import RunStore
    from mnerbench.benchmark.requested import load_grids
    from mnerbench.benchmark.tracking import track, tracker, tracking_uri

    store, uri = RunStore(out), tracking_uri(out)
    held = total = 0
    for grid in load_grids(out):
        with tracker(out, grid.suite) as tracking:
            for identity in grid.runs:
                record = store.record(identity)
                if record is not None:
                    total += 1
                    held += track(tracking, record, store, uri)
    click.echo(f"{held} of {total} records are in MLflow at {uri}")
    context.exit(0 if held == total else 1)
