"""Computes missing visual inputs before training, and excludes the runs whose inputs cannot be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.datasets.errors import MissingInputError, MnerbenchError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.store.index import ASIDE_SUFFIX

if TYPE_CHECKING:
    from mnerbench.datasets.visual.sources.base import Source

_NAMED = 5  # unusable pictures listed by name


def sources_of(jobs: Sequence[Job], resources: LocalResources) -> dict[tuple[str, Source], list[Job]]:
    """The jobs that read each visual input, by dataset and source."""
    readers: dict[tuple[str, Source], list[Job]] = {}
    for job in jobs:
        for data in job.spec.datasets:
            for source in resources.sources(data).values():
                readers.setdefault((data.name, source), []).append(job)
    return readers


def prepare(grid: Grid, jobs: Sequence[Job], resources: LocalResources, screen: Console) -> Grid:
    """Compute the missing inputs of the pending runs.

    Args:
        grid: all runs.
        jobs: the pending runs.
        resources: provides the sources.
        screen: shows progress.

    Returns:
        The grid without the pending runs whose inputs cannot be computed; its `not_run` has the reasons.
    """
    excluded: dict[str, Job] = {}
    lacking: dict[str, Needs] = {}
    sources = sources_of(jobs, resources)
    unfetched: set[tuple[str, Source]] = set()

    def exclude(readers: Sequence[Job], error: MissingInputError) -> None:
        for job in readers:
            excluded[job.spec.identity] = job
            name = f"{job.spec.method} on {job.spec.dataset.title}"
            lacking[name] = unique([*lacking.get(name, ()), *error.needs])

    # Downloads come first, so that a missing network is noticed before hours of computation.
    for key, readers in sources.items():
        try:
            fetch_weights(key[1], screen)
        except MissingInputError as error:
            unfetched.add(key)
            exclude(readers, error)
    for key, readers in sources.items():
        if key in unfetched or all(job.spec.identity in excluded for job in readers):
            continue
        try:
            make_source(key[1], key[0], resources, screen)
        except MissingInputError as error:
            exclude(readers, error)
        for text in bad_picture_lines(key[1], key[0]):
            screen.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return grid.without(lacking, excluded.values())


def fetch_weights(source: Source, screen: Console) -> None:
    """Fetch the weights of a source if they are not on this machine.

    Raises:
        MissingInputError: They cannot be fetched.
    """
    if source.needs_fetch:
        screen.print(f"fetching the weights of {source.name}", markup=False, highlight=False)
        source.fetch()


def make_source(source: Source, dataset: str, resources: LocalResources, screen: Console) -> int:
    """Process the pictures that a source lacks, with a progress bar.

    Returns:
        Number of processed pictures.

    Raises:
        MissingInputError: Processing failed, or none of the pictures is usable. Every error, even a full disk, is
            converted, so that other inputs and methods without pictures still run.
    """
    source.refresh()  # an extractor that gives several kinds of input may already have processed the pictures
    if source.damage is not None:
        notice = f"{source.damage}; computed again, the existing files are kept as *{ASIDE_SUFFIX}"
        screen.print(notice, style="yellow", markup=False, highlight=False, soft_wrap=True)
    missing = source.missing
    if missing:
        with _bar(f"{source.kind.value} of {dataset} with {source.name}", missing, screen) as advance:
            try:
                source.make(str(pick_device(resources.paths)), advance)
            except MissingInputError:
                raise
            except MnerbenchError as error:
                raise MissingInputError(str(error)) from error
            except Exception as error:
                way = f"free disk space ({resources.paths.cache}), memory or GPU, then run the same command again"
                reason = f"{source.name} failed: {type(error).__name__}: {error}"
                raise MissingInputError(Need(reason, (way,), f"{source.kind.value} of {dataset}")) from error
    require_usable(source, dataset)
    return missing


def require_usable(source: Source, dataset: str) -> None:
    """Raise if a source has no usable picture: a method that reads it would be a text-only method.

    Raises:
        MissingInputError: None of its pictures is usable.
    """
    if not source.named or len(source.bad) < source.named:
        return
    file, why = min(source.bad_files.items())
    reason = f"{source.kind.value} of {dataset!r}: none of {source.named:,} pictures can be used ({named(file)}: {why})"
    ways = (f"benchmark data check {dataset}   # says what is wrong with each", "or download the pictures again")
    raise MissingInputError(Need(reason, ways, f"{source.kind.value} of {dataset}"))


def bad_picture_lines(source: Source, dataset: str) -> Iterator[str]:
    """Lines on unusable picture files, the first few by name with the reason; none if all are usable."""
    if source.replaced:
        yield f"{source.kind.value} of {dataset}: {source.replaced:,} tweets show the replacement of a lost picture"
    bad = sorted(source.bad_files.items())
    if not bad:
        return
    total = f" of {source.named:,}" if source.named else ""
    yield f"{source.kind.value} of {dataset}: {len(bad):,}{total} pictures cannot be used; their tweets have none:"
    for file, why in bad[:_NAMED]:
        yield f"  {named(file)}: {one_line(why)}"
    if len(bad) > _NAMED:
        command = f"benchmark data prepare {dataset} --input {source.kind.value}={source.name}"
        yield f"  and {len(bad) - _NAMED:,} more; to list all: {command}"


@contextmanager
def _bar(title: str, total: int, screen: Console) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    clocks = (TimeElapsedColumn(), TimeRemainingColumn())
    screen.print(f"preparing {title}: {total:,} pictures", markup=False, highlight=False)
    with Progress(*columns, *clocks, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


def with_earlier_tests(job: Job, record: RunRecord | None, resources: LocalResources) -> Job:
    """The job with the diagnosis and the transfer targets of its earlier record added, as far as they are available.

    Otherwise, two suites that request different transfer targets of one training would delete each other's scores.
    """
    if record is not None and record.status is Status.DONE and record.spec.diagnosis:
        job = replace(job, spec=job.spec.model_copy(update={"diagnosis": True}))
    available = []
    for other in record.spec.transfer if record is not None else ():
        with suppress(MnerbenchError):
            sources = {InputKind(kind): source for kind, source in other.sources.items()}
            ref = resources.dataset_ref(other.name, tuple(sources), sources, other.lost_pictures)
            ref = ref if other.limit_test is None else resources.limited(ref, other.limit_test)
            if (ref.fingerprints, ref.inputs) == (other.fingerprints, other.inputs):
                resources.inputs(ref)
                available.append(ref)
    return replace(job, spec=job.spec.with_transfer(available))
