"""`benchmark merge`: merges the records of several results folders."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.options import PossiblePath, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say


@click.command("merge", cls=Verb)
@click.argument("folders", nargs=-1, required=True, type=PossiblePath(exists=True, file_okay=False, path_type=Path))
@out_option
@click.pass_context
def command(context: click.Context, folders: tuple[Path, ...], out: Path) -> None:
    """Merge the runs of other results folders into --out; FOLDERS are not changed.

    A finished run in --out is kept, unless the other one was scored on more test splits; a failed run is replaced by a
    finished one. Scores are recomputed from the predictions: damaged runs, and runs whose scores differ from their
    records, are skipped. Kept taggers are copied with their runs; `clean` then deletes all
    but the best. Exit code 1: some were skipped.
    """
    from mnerbench.benchmark.display.warnings import warn_of_damage
    from mnerbench.benchmark.resources.disk import check_store
    from mnerbench.benchmark.results.damage import DamageLog
    from mnerbench.benchmark.results.merge import merge
    from mnerbench.benchmark.results.store import RunStore

    check_store(out, sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()))
    skipped = False
    for folder in folders:
        log, store = DamageLog(), RunStore(out)
        outcomes = merge(folder, store, log)
        warn_of_damage(log)
        warn_of_damage(store.damage)
        skipped |= bool(log) or any(not damage.replaceable for damage in store.damage)
        summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        say(f"{folder}: {summary or 'no finished runs'}")
        if (folder / "tuning").is_dir():
            say(f"{folder}: searches are not merged; use `tune --storage` to share trials between machines")
    context.exit(1 if skipped else 0)
