"""Warnings of several verbs: damaged files, shared names of suites, missing inputs, runs of other code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mnerbench.benchmark.display.output import say_warning

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.results.code_state import Code, Computed
    from mnerbench.benchmark.results.damage import DamageLog
    from mnerbench.benchmark.results.manifest import SuiteManifest
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.datasets.needs import Needs

RERUN_STALE = "--rerun stale repeats such runs"


def warn_of_damage(log: DamageLog) -> None:
    """Warn of the files that were found damaged since the last call, with reason and remedy."""
    from mnerbench.benchmark.results.damage import MOST

    new = log.unreported()
    for damage in new[:MOST]:
        say_warning(f"warning: {damage.text}")
    if len(new) > MOST:
        say_warning(f"warning: and {len(new) - MOST:,} more damaged files")


def warn_of_stored_suite(root: Path, grid: SuiteManifest) -> None:
    """Warn if the results folder has a suite of this name with another title or other looks: the two are merged."""
    from mnerbench.benchmark.results.manifest import stored_manifest
    from mnerbench.datasets.untrusted.display import one_line

    old = stored_manifest(root, grid.suite)
    if old is None:
        return
    if old.title != grid.title:
        of_old, of_new = (repr(one_line(text, 100)) for text in (old.title, grid.title))
        say_warning(
            f"warning: {root} already has a suite {grid.suite!r}, titled {of_old}: reports merge it with this one, "
            f"titled {of_new}, and use the last title\n"
            '  -> if they are different suites, set another name (name = "..." in the file), or use another --out',
        )
    if old.is_comparable and old.looks != grid.looks:
        of_old, of_new = (", ".join(map(str, looks)) or "none" for looks in (old.looks, grid.looks))
        say_warning(
            f"warning: suite {grid.suite!r} was begun with other looks ({of_old}) than it has now ({of_new}): the "
            "first count, since looks chosen after a result hold no error rate\n  -> for a new plan, use another --out",
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


def computed_runs(records: Iterable[RunRecord], installed: Mapping[str, Code] | None = None) -> dict[str, Computed]:
    """Collect the code of finished runs, by identity; skips external predictions and methods that are not installed.

    Args:
        records: records of runs.
        installed: result of `find_installed_code`; None computes it.
    """
    from mnerbench.benchmark.results.code_state import Computed
    from mnerbench.benchmark.results.record import Status
    from mnerbench.benchmark.results.spec import EXTERNAL

    ended = [record for record in records if record.status is not Status.INTERRUPTED and record.spec.family != EXTERNAL]
    current = find_installed_code(ended) if installed is None else installed
    return {
        record.identity: Computed(record.spec.method, record.code, current.get(record.spec.family, {}))
        for record in ended
        if not record.code or record.spec.family in current
    }


def planned_runs(session: Session) -> dict[str, Computed]:
    """Collect the code of the finished runs of a grid; its jobs know the installed code."""
    from mnerbench.benchmark.planning.pending import distinct_jobs

    jobs = distinct_jobs(session.grid.jobs)
    records = [record for identity in jobs if (record := session.store.record(identity)) is not None]
    return computed_runs(records, {job.spec.family: job.code for job in jobs.values()})


def code_lines(runs: Iterable[Computed], *, repeats_stale: bool) -> Iterator[str]:
    """Yield a line per change of code, and one about runs whose code is unknown.

    Args:
        runs: finished runs.
        repeats_stale: whether runs of other code will be repeated.
    """
    from mnerbench.benchmark.results.code_state import other_code_sentences, unknown_code_sentence

    ended = list(runs)
    for text in other_code_sentences(ended):
        yield f"{text}; they will be repeated" if repeats_stale else f"{text}\n  -> {RERUN_STALE}"
    if (unknown := unknown_code_sentence(ended)) and not repeats_stale:
        yield f"{unknown}\n  -> --rerun all repeats everything"


def find_installed_code(records: Iterable[RunRecord]) -> Mapping[str, Code]:
    """Find the installed code of the families of some records; imports methods only if a record stores its code.

    If a method package cannot be loaded, warns and returns nothing: its records remain readable, and a method under
    development may be broken for a while.
    """
    from mnerbench.datasets.errors import ConfigError

    families = {record.spec.family: None for record in records if record.code}
    if not families:
        return {}
    from mnerbench.benchmark.planning.installed_code import installed_code

    try:
        return installed_code(families)
    except ConfigError as error:
        say_warning(f"the code of runs is not compared with what is installed: {error}")
        return {}
