"""`benchmark merge`: records of several machines."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.grid_options import PossiblePath, out_option
from mnerbench.benchmark.cli.output import say


@click.command("merge")
@click.argument("folders", nargs=-1, required=True, type=PossiblePath(exists=True, file_okay=False, path_type=Path))
@out_option
@click.pass_context
def command(context: click.Context, folders: tuple[Path, ...], out: Path) -> None:
    """Take the runs of other results folders over into --out; nothing in FOLDERS is changed.

    A run that is done here stays, unless the other was scored on more; one that failed here is replaced by one that
    is done there. Scores are counted again from the predictions: a run whose record says something else is left, and so
    is what is damaged. Exit code 1: something was left for that.
    """
    from mnerbench.benchmark.cli.warnings import warn_of_damage
    from mnerbench.benchmark.resources.disk import check_store
    from mnerbench.benchmark.results.damage import DamageLog
    from mnerbench.benchmark.results.merge import merge
    from mnerbench.benchmark.results.store import RunStore

    check_store(out, sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()))
    left = False
    for folder in folders:
        log, store = DamageLog(), RunStore(out)
        found = merge(folder, store, log)
        warn_of_damage(log)
        warn_of_damage(store.damage)
        left |= bool(log) or any(not damage.replaceable for damage in store.damage)
        said = ", ".join(f"{count} {what}" for what, count in sorted(found.items()))
        say(f"{folder}: {said or 'no run has ended'}")
        if (folder / "tuning").is_dir():
            say(f"{folder}: searches are not merged; machines share trials by `tune --storage`")
    context.exit(1 if left else 0)
