"""`benchmark sync`: MLflow from records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import out_option

if TYPE_CHECKING:
    from mnerbench.benchmark.records import RunRecord, RunStore
    from mnerbench.benchmark.requested import GridFile

NO_SUITE = "runs"  # parent of records that no suite of the folder asks for


@click.command("sync")
@out_option
@click.pass_context
def command(context: click.Context, out: Path) -> None:
    """Fill MLflow with every record of a results folder that it lacks. Exit code 1: it cannot be reached."""
    from mnerbench.benchmark.cli.damaged import warn_of_damage
    from mnerbench.benchmark.logbook import Logbook
    from mnerbench.benchmark.records import RunStore
    from mnerbench.benchmark.requested import load_grids
    from mnerbench.benchmark.tracking import tracking_uri
    from mnerbench.benchmark.tuning.results import TRIALS, TUNING, load_searches, parent_of
    from mnerbench.datasets.errors import StoreError

    store, uri = RunStore(out), tracking_uri(out)
    families, searches = by_suite(store, load_grids(out, store.damage)), load_searches(out, store.damage)
    if not families and not searches:
        warn_of_damage(store.damage)
        raise StoreError(
            f"{out}: there are no records in it\n  -> point --out to the folder that `benchmark run` wrote"
        )
    books = [(Logbook(store, suite), [record.identity for record in found]) for suite, found in families.items()]
    for one in searches:
        trials = RunStore(store.path(TUNING, one.suite, TRIALS))
        trials.damage = store.damage
        books.append((Logbook(trials, parent_of(one.suite), out), [record.identity for record in trials.records()]))
    warn_of_damage(store.damage)
    for book, identities in books:
        for identity in identities:
            book.log(identity)
    lacking = sum(book.pending for book, _ in books)
    total = sum(len(identities) for _, identities in books)
    click.echo(f"{total - lacking} of {total} records are in MLflow at {uri}")
    if lacking and uri.startswith("sqlite:"):
        click.echo(f"  -> if it is damaged: delete {uri.removeprefix('sqlite:///')}, then sync again")
    context.exit(1 if lacking else 0)


def by_suite(store: RunStore, grids: Sequence[GridFile]) -> dict[str, list[RunRecord]]:
    """Every record of a folder once, under the first suite that asks for it or under `NO_SUITE`."""
    suites: dict[str, str] = {}
    for grid in grids:
        for identity in grid.runs:
            suites.setdefault(identity, grid.suite)
    families: dict[str, list[RunRecord]] = {}
    for record in store.records():
        families.setdefault(suites.get(record.identity, NO_SUITE), []).append(record)
    return families
