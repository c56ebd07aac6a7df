"""The plan of a grid in the terminal: conditions, runs, missing inputs, warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.untrusted.display import cell

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.planning.durations import Estimate
    from mnerbench.benchmark.planning.job import Job
    from mnerbench.benchmark.results.spec import RunSpec

_SETTINGS_SOURCES = {"paper": "each paper's settings", "tuned": "each method's best settings of its search"}


def headline(state: Estimate, workers: int = 1) -> str:
    """Format a summary: `20 runs: 12 done, 1 failed, 7 to do, about 40 min`."""
    from mnerbench.benchmark.execution.schedule import duration

    parts = [f"{state.done} done", *([f"{state.failed} failed"] if state.failed else [])]
    parts += [*([f"{state.blocked} damaged"] if state.blocked else []), f"{state.to_do} to do"]
    if state.seconds is not None:
        about = duration(state.seconds / min(workers, max(1, state.to_do)))
        parts.append(f"about {about}" + (f" and {state.unknown} of unknown length" if state.unknown else ""))
    return f"{state.total} {'run' if state.total == 1 else 'runs'}: {', '.join(parts)}"


def print_plan(session: Session, screen: Console, workers: int = 1) -> None:
    """Print conditions, a row per method and dataset, missing inputs, warnings and the summary."""
    from rich.table import Table
    from rich.text import Text

    from mnerbench.benchmark.display.warnings import code_lines, planned_runs, print_lacking
    from mnerbench.benchmark.planning.durations import estimate
    from mnerbench.benchmark.planning.pending import Rerun
    from mnerbench.benchmark.results.method_labels import method_labels
    from mnerbench.benchmark.results.record import Status

    suite, jobs = session.grid.suite, session.grid.jobs
    screen.print(Text.assemble((suite.name, "bold"), f": {suite.title}"))
    for text in _conditions(session):
        screen.print(text, markup=False)
    pending_jobs = session.to_do()
    pending = {job.spec.identity for job in pending_jobs}
    table = Table("method", "dataset", "seeds", "done", "failed", "to do", "views")
    rows: dict[tuple[str, str], list[Any]] = {}
    label_of = method_labels(job.spec for job in jobs)
    for job in jobs:
        rows.setdefault((label_of(job.spec), _dataset_label(job.spec)), []).append(job)
    for (method, dataset), group in rows.items():
        records = [session.store.record(job.spec.identity) for job in group]
        states = Counter(record.status for record in records if record is not None)
        to_do = sum(job.spec.identity in pending for job in group)
        # Parts of a suite with several encoders repeat the seeds.
        listed = ",".join(dict.fromkeys(str(job.spec.seed) for job in group))
        seeds = "any" if len(group) == 1 and group[0].encoder is None else listed
        counts = map(str, (states[Status.DONE], states[Status.FAILED], to_do))
        table.add_row(*map(cell, (method, dataset, seeds, *counts, _views(group[0].spec))))
    screen.print(table)
    for text in (*_inputs(session, pending_jobs), *_asking(session, pending_jobs)):
        screen.print(text, markup=False)
    for text in _warnings(session):
        screen.print(text, markup=False, style="yellow")
    for need in session.grid.only_tested.values():
        screen.print(f"only tested on: {need.reason}", markup=False, style="yellow")
    lacking = session.grid.lacking
    print_lacking(lacking, screen, rows=len(rows) + sum(row not in _titles(jobs) for row in lacking))
    names = {job.spec.method for job in jobs} | {name.rpartition(" on ")[0] for name in lacking}
    if suite.baseline is not None and rows and suite.baseline not in names:
        screen.print(
            f"the baseline {suite.baseline} is not among the methods: differences and tests need its runs\n"
            "  -> add it to --methods, or choose another method by --baseline",
            markup=False,
            style="yellow",
        )
    for text in code_lines(planned_runs(session).values(), repeats_stale=session.rerun in {Rerun.STALE, Rerun.ALL}):
        screen.print(text, markup=False, style="yellow")
    state = estimate(jobs, session.store, session.rerun)
    if len(jobs) > state.total:
        duplicates = len(jobs) - state.total
        screen.print(f"{duplicates} duplicate {'configuration' if duplicates == 1 else 'configurations'} will run once")
    screen.print(headline(state, workers), style="bold")


def _inputs(session: Session, pending: Sequence[Job]) -> Iterator[str]:
    """Yield the sources of visual inputs, with the work that is left."""
    from mnerbench.benchmark.resources.prepare_features import sources_of

    for dataset, source in sources_of(pending, session.resources):
        work = f": {source.missing:,} pictures to process first" if source.missing else ""
        work += ", with weights to download (they are not on this machine)" if source.needs_fetch else ""
        work += f", {len(bad):,} pictures cannot be used" if (bad := source.bad) else ""
        yield f"{source.kind.value} of {dataset} from {source.name}{work}"


def _asking(session: Session, pending: Sequence[Job]) -> list[str]:
    """What would be sent to language models."""
    from mnerbench.benchmark.resources.asking_estimate import asking_lines

    return asking_lines(pending, session.resources, session.resources.paths.chat.prices)


def _warnings(session: Session) -> Iterator[str]:
    """Yield the warnings about the planned runs."""
    from mnerbench.benchmark.execution.session import trust_lines
    from mnerbench.benchmark.resources.entity_warnings import empty_split_warnings
    from mnerbench.benchmark.resources.repeats import repeated_model_warnings

    grid, resources = session.grid, session.resources
    yield from trust_lines(grid, resources)
    yield from empty_split_warnings(grid.jobs, resources)
    yield from repeated_model_warnings(grid.jobs, resources)


def _conditions(session: Session) -> Iterator[str]:
    """Yield encoders, protocols and model selection of the trained runs."""
    trained = [job.spec for job in session.grid.jobs if job.spec.training is not None]
    yield from dict.fromkeys(
        f"{'word vectors' if encoder.words else 'encoder'}: {encoder.title}"
        for spec in trained
        for encoder in spec.encoders
    )
    for protocol, training in {spec.protocol: spec.training for spec in reversed(trained)}.items():
        values = training.model_dump(mode="json").items() if training is not None else ()
        settings = (
            ", ".join(f"{key} {value}" for key, value in values) if protocol == "equal" else _SETTINGS_SOURCES[protocol]
        )
        yield f"protocol {protocol}: {settings}"
    for reason in dict.fromkeys(spec.auto_precision for spec in trained if spec.auto_precision):
        yield f"precision auto: {reason}"
    for partial in dict.fromkeys(job.spec.partial for job in session.grid.jobs if job.spec.partial):
        yield f"partial runs, neither ranked nor judged: {partial}"
    if trained:
        yield "dev picks the epoch (conlleval F1, earliest at ties); test is scored once"


def _titles(jobs: Sequence[Job]) -> set[str]:
    """Collect the rows of jobs as `method on dataset`."""
    return {f"{job.spec.method} on {job.spec.dataset.title}" for job in jobs}


def _dataset_label(spec: RunSpec) -> str:
    """Name the training dataset of a run, and the other datasets it is scored on."""
    others = ", ".join(other.name for other in spec.transfer)
    return spec.dataset.title + (f", also tested on {others}" if others else "")


def _views(spec: Any) -> str:
    from mnerbench.methods.registry import methods

    config = methods().family(spec.family).config.model_validate(spec.config)
    if not spec.diagnosis:
        return str(config.primary_view.value)
    return " ".join(view.value for view in config.evaluation_views)
