"""What the verbs say about the code of runs."""

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
    """The code of runs that have ended, by identity, without predictions from files and methods that are not installed.

    Args:
        records: of runs.
        installed: from `installed_or_warned`; None to ask now.
    """
    from mnerbench.benchmark.results.code_state import Computed
    from mnerbench.benchmark.results.record import Status
    from mnerbench.benchmark.results.spec import EXTERNAL

    ended = [record for record in records if record.status is not Status.INTERRUPTED and record.spec.family != EXTERNAL]
    current = installed_or_warned(ended) if installed is None else installed
    return {
        record.identity: Computed(record.spec.method, record.code, current.get(record.spec.family, {}))
        for record in ended
        if not record.code or record.spec.family in current
    }


def planned_runs(session: Session) -> dict[str, Computed]:
    """The same for the runs of a grid, which knows the code that was installed when it was planned."""
    from mnerbench.benchmark.planning.pending import distinct

    jobs = distinct(session.grid.jobs)
    records = [record for identity in jobs if (record := session.store.record(identity)) is not None]
    return computed_runs(records, {job.spec.family: job.code for job in jobs.values()})


def code_lines(runs: Iterable[Computed], *, again: bool) -> Iterator[str]:
    """A line per change of code, and one about runs whose code is unknown.

    Args:
        runs: that have ended.
        again: whether runs of other code are among those to do.
    """
    from mnerbench.benchmark.results.code_state import other_code_sentences, unknown_code_sentence

    ended = list(runs)
    for text in other_code_sentences(ended):
        yield f"{text}; they will be repeated" if again else f"{text}\n  -> {REMEDY}"
    if (unknown := unknown_code_sentence(ended)) and not again:
        yield f"{unknown}\n  -> --rerun all repeats everything"


def installed_or_warned(records: Iterable[RunRecord]) -> Mapping[str, Code]:
    """The installed code for some records, by family; methods are only imported if a record keeps its code.

    If a package of methods cannot be loaded, nothing is compared, with a warning: records can be read without it, and a
    method that is being written may be broken for a while.
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
