"""`benchmark sync`: logs the stored records to MLflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say

if TYPE_CHECKING:
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.benchmark.tracking.sync import RecordGroup

NO_SUITE = "runs"  # parent run of records that belong to no suite of the folder


@click.command("sync", cls=Verb)
@out_option
@click.pass_context
def command(context: click.Context, out: Path) -> None:
    """Log the records of a results folder that are not in MLflow yet. Exit code 1: some could not be logged."""
    from mnerbench.benchmark.display.warnings import warn_of_damage
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.benchmark.tracking.address import address_of
    from mnerbench.benchmark.tracking.sync import sync_records
    from mnerbench.datasets.errors import StoreError

    store = RunStore(out)
    families = _families(store)
    warn_of_damage(store.damage)
    damaged = sum(damage.identity is not None and damage.excludes for damage in store.damage)
    if not families and not damaged:
        raise StoreError(
            f"{out}: there are no records in it\n  -> point --out to the folder that `benchmark run` wrote"
        )
    synced = sync_records(out, families)
    total = synced.total + damaged
    say(f"{synced.logged} of {total} records are in MLflow at {address_of(out).display_uri}")
    for identity, reason in synced.refused.items():
        say(f"refused: {identity}: {reason}")
    if synced.unreachable:
        say(f"MLflow does not answer: {synced.unreachable}\n  -> check that it is running, then sync again")
    context.exit(1 if synced.logged < total else 0)


def _families(store: RunStore) -> list[RecordGroup]:
    """Group the undamaged records of a folder by their parent run."""
    from mnerbench.benchmark.results.manifest import load_manifests
    from mnerbench.benchmark.results.search_results import TRIALS, TUNING, load_searches, parent_of
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.benchmark.tracking.sync import RecordGroup

    groups = by_suite(store.records(), load_manifests(store.root, store.damage))
    families = [RecordGroup(suite, store, [record.identity for record in records]) for suite, records in groups.items()]
    for file in load_searches(store.root, store.damage):
        trials = RunStore(store.path(TUNING, file.suite, TRIALS))
        trials.damage = store.damage
        families.append(RecordGroup(parent_of(file.suite), trials, [record.identity for record in trials.records()]))
    return families


def by_suite(records: Iterable[RunRecord], grids: Sequence[SuiteManifest]) -> dict[str, list[RunRecord]]:
    """Group records by the first suite that contains them, else under `NO_SUITE`."""
    suites: dict[str, str] = {}
    for grid in grids:
        for identity in grid.runs:
            suites.setdefault(identity, grid.suite)
    families: dict[str, list[RunRecord]] = {}
    for record in records:
        families.setdefault(suites.get(record.identity, NO_SUITE), []).append(record)
    return families
