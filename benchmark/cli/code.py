"""Warnings about runs that other code than the installed one computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from mnerbench.benchmark.cli.output import say_warning

if TYPE_CHECKING:
    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.results.code_state import Code, Computed
    from mnerbench.benchmark.results.record import RunRecord

REMEDY = "--rerun stale repeats such runs"


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
        yield f"{text}; they will be repeated" if repeats_stale else f"{text}\n  -> {REMEDY}"
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
