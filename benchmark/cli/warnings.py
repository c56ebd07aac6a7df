"""Warnings of several verbs: damaged files, shared names of suites, missing inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.results.damage import DamageLog
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.datasets.needs import Needs


def warn_of_damage(log: DamageLog) -> None:
    """Warn of the files that were found damaged since the last call, with reason and remedy."""
    from mnerbench.benchmark.cli.output import say_warning
    from mnerbench.benchmark.results.damage import MOST

    new = log.unreported()
    for damage in new[:MOST]:
        say_warning(f"warning: {damage.text}")
    if len(new) > MOST:
        say_warning(f"warning: and {len(new) - MOST:,} more damaged files")


def warn_of_shared_name(root: Path, grid: SuiteManifest) -> None:
    """Warn if the results folder has a suite of this name with another title: the two would be merged."""
    from mnerbench.benchmark.cli.output import say_warning
    from mnerbench.benchmark.results.manifest import other_title
    from mnerbench.datasets.untrusted.display import one_line

    title = other_title(root, grid)
    if title is not None:
        old, new = (repr(one_line(text, 100)) for text in (title, grid.title))
        say_warning(
            f"warning: {root} already has a suite {grid.suite!r}, titled {old}: reports merge it with this one, "
            f"titled {new}, and use the last title\n"
            '  -> if they differ, set another name (name = "..." in the file), or use another --out',
        )


def print_lacking(lacking: Mapping[str, Needs], screen: Console, *, verb: str = "not run", rows: int = 0) -> None:
    """Print the missing inputs, those that most rows need first.

    Args:
        lacking: the needs of each `method on dataset`.
        screen: console to print on.
        verb: "not run" or "not searched".
        rows: total number of rows, for a line with the number of impossible ones; 0 omits it.
    """
    from mnerbench.benchmark.planning.missing import lacking_lines

    if lacking and rows > len(lacking):
        others = "the other one runs" if rows - len(lacking) == 1 else f"the other {rows - len(lacking)} run"
        screen.print(f"{len(lacking)} of {rows} rows cannot run; {others}.", style="yellow")
    for line in lacking_lines(lacking, verb):
        screen.print(line, markup=False, style="yellow", soft_wrap=True)
