"""`benchmark clean`: lists the kept taggers of a results folder and deletes those that are not needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import OutputFormat, format_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_json
from mnerbench.datasets.untrusted.display import cell

if TYPE_CHECKING:
    from mnerbench.benchmark.results.taggers import KeptTagger


@click.command("clean", cls=Verb)
@out_option
@click.option(
    "--keep",
    type=click.Choice(["best", "all", "none"]),
    default="best",
    show_default=True,
    help="Taggers that stay: of each method the best seed on dev, those of all finished runs, or none.",
)
@click.option("--yes", is_flag=True, help="Delete; without it, only list.")
@format_option
def command(out: Path, keep: str, *, yes: bool, output_format: str) -> None:
    """List the kept taggers, and what would be deleted; with --yes, delete it.

    Records and predictions stay. What killed processes left is deleted under any --keep; taggers that are being written
    are left alone.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.display.warnings import warn_of_damage
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.benchmark.results.taggers import Keep, kept_taggers, prune, superfluous

    store, policy = RunStore(out), Keep(keep)
    taggers = list(kept_taggers(store))
    surplus = {tagger.identity for tagger in (prune(store, policy) if yes else superfluous(taggers, policy))}
    warn_of_damage(store.damage)
    rows = [_row(tagger, surplus, deleted=yes) for tagger in taggers]
    if output_format == OutputFormat.JSON.value:
        say_json(rows)
        return
    screen = console()
    if not rows:
        screen.print(f"no kept taggers in {out}", markup=False)
        return
    _print(rows)
    size = sum(tagger.bytes for tagger in taggers if tagger.identity in surplus) / 1e6
    verb = "deleted" if yes else "would be deleted"
    remedy = "" if yes or not surplus else "; to do so, add --yes"
    screen.print(f"{len(surplus)} of {len(rows)} taggers, {size:,.1f} MB, {verb}{remedy}", markup=False)


def _row(tagger: KeptTagger, surplus: Collection[str], *, deleted: bool) -> dict[str, Any]:
    spec = tagger.record.spec if tagger.record is not None else None
    goes = "deleted" if deleted else "to delete"
    return {
        "run": tagger.identity,
        "method": spec.method if spec is not None else "(not finished)",
        "dataset": spec.dataset.title if spec is not None else "",
        "encoder": spec.encoder.name if spec is not None and spec.encoder is not None else "",
        "seed": spec.seed if spec is not None else None,
        "dev_f1": tagger.dev_f1,
        "bytes": tagger.bytes,
        "state": goes if tagger.identity in surplus else "kept",
    }


def _print(rows: Sequence[dict[str, Any]]) -> None:
    from rich.table import Table

    from mnerbench.benchmark.display.console import console

    table = Table("run", "method", "dataset", "encoder", "seed", "dev F1", "MB", "state")
    for row in rows:
        seed = "" if row["seed"] is None else str(row["seed"])
        numbers = (seed, f"{100 * row['dev_f1']:.2f}", f"{row['bytes'] / 1e6:,.1f}")
        names = (row[key] for key in ("run", "method", "dataset", "encoder"))
        table.add_row(*map(cell, names), *numbers, row["state"])
    console().print(table)
