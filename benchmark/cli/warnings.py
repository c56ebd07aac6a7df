"""Warnings that several verbs give, in the same words: damaged files, shared names of suites, missing inputs."""

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
    """Name the files that were found damaged since this was last called, with reason and remedy."""
    from mnerbench.benchmark.cli.output import say_warning
    from mnerbench.benchmark.results.damage import MOST

    new = log.untold()
    for damage in new[:MOST]:
        say_warning(f"warning: {damage.text}")
    if len(new) > MOST:
        say_warning(f"warning: and {len(new) - MOST:,} more damaged files")


def warn_of_shared_name(root: Path, grid: SuiteManifest) -> None:
    """Say that a suite joins one that has its name and another title: to a results folder they are one suite."""
    from mnerbench.benchmark.cli.output import say_warning
    from mnerbench.benchmark.results.manifest import title_before
    from mnerbench.datasets.untrusted.display import one_line

    title = title_before(root, grid)
    if title is not None:
        old, new = (repr(one_line(text, 100)) for text in (title, grid.title))
        say_warning(
            f"warning: {root} has a suite {grid.suite!r} already, titled {old}: with this one, titled {new}, "
            "it is one suite in reports, under the last title\n"
            '  -> if they are two, give one a name of its own (name = "..." in its file), or use another --out',
        )


def print_lacking(lacking: Mapping[str, Needs], screen: Console, *, verb: str = "not run", rows: int = 0) -> None:
    """Print what is missing, the thing that most rows need first.

    Args:
        lacking: `method on dataset` to its needs.
        screen: where to.
        verb: what does not happen to the rows.
        rows: how many rows there are in all, with those that lack nothing; 0 says nothing of it.
    """
    from mnerbench.benchmark.planning.missing import lacking_lines

    if lacking and rows > len(lacking):
        others = "the other one runs" if rows - len(lacking) == 1 else f"the other {rows - len(lacking)} run"
        screen.print(f"{len(lacking)} of {rows} rows cannot run as things are; {others}.", style="yellow")
    for line in lacking_lines(lacking, verb):
        screen.print(line, markup=False, style="yellow", soft_wrap=True)
