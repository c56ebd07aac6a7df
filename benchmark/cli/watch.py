"""`benchmark watch`: shows a grid that runs elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import FiniteRange, OutputFormat, format_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say, say_json

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.display.grid_watch import FolderWatch

_REASONS_WHEN_LIVE = 8  # lines of reasons, so that the table stays in sight


@click.command("watch", cls=Verb)
@out_option
@click.option("--suite", "suites", multiple=True, metavar="NAME", help="Only runs of this suite. Repeatable.")
@click.option(
    "--interval",
    type=FiniteRange(0.2, 86_400),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks into the folder.",
)
@click.option("--once", is_flag=True, help="Print the present state and end.")
@format_option
@click.pass_context
def command(
    context: click.Context, /, *, out: Path, suites: tuple[str, ...], interval: float, once: bool, output_format: str
) -> None:
    """Show a grid that runs elsewhere, until it is complete: in another process, or on a machine that shares --out.

    The display shows which runs wait, run (epoch, last sign of life, host), are done or failed and why, and the
    remaining time as `plan` estimates it. In a pipe it is a line per change. The folder is only read: no lock is taken,
    and Ctrl-C ends the display, not the runs. JSON is printed once.

    Exit code 2: the folder has no such suite, or cannot be read; 130: Ctrl-C.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.display.grid_watch import FolderWatch
    from mnerbench.benchmark.display.watch_view import view

    folder, screen = FolderWatch(out, suites), console()
    if output_format == OutputFormat.JSON.value:
        say_json(folder.read().as_data())
        return
    if once:
        screen.print(view(folder.read()))
        return
    try:
        (_watch_live if screen.is_terminal else _watch_in_pipe)(folder, screen, interval)
    except KeyboardInterrupt:
        say("no longer watching; the runs continue", colour="yellow", err=True)
        context.exit(130)


def _watch_live(folder: FolderWatch, screen: Console, interval: float) -> None:
    """Redraw the display until no run is left."""
    from rich.live import Live

    from mnerbench.benchmark.display.watch_view import view

    with Live(console=screen, auto_refresh=False) as live:
        while True:
            snapshot = folder.read()
            most = None if snapshot.is_complete else _REASONS_WHEN_LIVE
            live.update(view(snapshot, most_reasons=most), refresh=True)
            if snapshot.is_complete:
                return
            time.sleep(interval)


def _watch_in_pipe(folder: FolderWatch, screen: Console, interval: float) -> None:
    """Print the state, then a line per change until no run is left, then the state again."""
    from mnerbench.benchmark.display.grid_watch import changes
    from mnerbench.benchmark.display.watch_view import change_line, headline, view

    before = folder.read()
    screen.print(view(before))
    if before.is_complete:
        return
    while not before.is_complete:
        time.sleep(interval)
        after = folder.read()
        if changed := list(changes(before, after)):
            for _, run in changed:
                screen.print(change_line(run), markup=False, soft_wrap=True)
            for suite, remaining in zip(after.suites, after.remaining, strict=True):
                screen.print(headline(suite, remaining), markup=False, soft_wrap=True)
        before = after
    screen.print(view(before))
