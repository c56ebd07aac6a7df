"""Before anything is trained: make the visual inputs that can be made, and leave out the runs of those that cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mnerbench.benchmark.planning.expand import Grid
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.device import pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.datasets.errors import MissingInputError, MnerbenchError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.needs import Need, Needs, unique
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.visual.sources.base import Source
from mnerbench.datasets.visual.store_repair import SUFFIX

_NAMED = 5  # bad pictures that are told one by one


def sources_of(jobs: Sequence[Job], materials: LocalResources) -> dict[tuple[str, Source], list[Job]]:
    """Every visual input that some runs read, once, by dataset and source, with those runs."""
    found: dict[tuple[str, Source], list[Job]] = {}
    for job in jobs:
        for data in (job.spec.dataset, *job.spec.transfer):
            for source in materials.sources(data).values():
                found.setdefault((data.name, source), []).append(job)
    return found


def prepare(grid: Grid, jobs: Sequence[Job], materials: LocalResources, screen: Console) -> Grid:
    """Make what the runs that are to do still lack.

    Args:
        grid: all runs.
        jobs: those that are to do.
        materials: gives the sources.
        screen: shows progress.

    Returns:
        The grid without the runs that are to do and whose inputs cannot be made; these are among its `not_run`, with
        the reason.
    """
    lost: dict[str, Job] = {}
    lacking: dict[str, Needs] = {}
    wanted = sources_of(jobs, materials)
    unfetched: set[tuple[str, Source]] = set()

    def leave_out(readers: Sequence[Job], error: MissingInputError) -> None:
        for job in readers:
            lost[job.spec.identity] = job
            name = f"{job.spec.method} on {job.spec.dataset.title}"
            lacking[name] = unique([*lacking.get(name, ()), *error.needs])

    # Whatever needs a network first: nobody should learn after hours of work that there was none.
    for key, readers in wanted.items():
        try:
            fetch_weights(key[1], screen)
        except MissingInputError as error:
            unfetched.add(key)
            leave_out(readers, error)
    for key, readers in wanted.items():
        if key in unfetched or all(job.spec.identity in lost for job in readers):
            continue
        try:
            make_source(key[1], key[0], materials, screen)
        except MissingInputError as error:
            leave_out(readers, error)
        for text in bad_picture_lines(key[1], key[0]):
            screen.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return grid.without(lacking, lost.values())


def fetch_weights(source: Source, screen: Console) -> None:
    """Fetch the weights of a source, where they are not on this machine.

    Raises:
        MissingInputError: they cannot be fetched.
    """
    if source.needs_fetch:
        screen.print(f"fetching the weights of {source.name}", markup=False, highlight=False)
        source.fetch()


def make_source(source: Source, dataset: str, materials: LocalResources, screen: Console) -> int:
    """Look at the pictures that a source has not seen yet, with a progress bar.

    Returns:
        How many there were.

    Raises:
        MissingInputError: it cannot be made, for whatever reason: what goes wrong with one input, be it a full disk,
            leaves the others and the methods that read no pictures their turn. Or none of its pictures can be used.
    """
    source.refresh()  # another kind of input may have been made by the same look at the pictures
    if source.damage is not None:
        said = f"{source.damage}; made anew, and the files that are there kept as *{SUFFIX}"
        screen.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)
    missing = source.missing
    if missing:
        with _bar(f"{source.kind.value} of {dataset} with {source.name}", missing, screen) as advance:
            try:
                source.make(str(pick_device(materials.places)), advance)
            except MissingInputError:
                raise
            except MnerbenchError as error:
                raise MissingInputError(str(error)) from error
            except Exception as error:
                way = f"free disk ({materials.places.cache}), memory or GPU, then run the same command again"
                reason = f"{source.name} failed: {type(error).__name__}: {error}"
                raise MissingInputError(Need(reason, (way,), f"{source.kind.value} of {dataset}")) from error
    require_usable(source, dataset)
    return missing


def require_usable(source: Source, dataset: str) -> None:
    """See that a source says something of some picture: without any, a method that reads it is another method.

    Raises:
        MissingInputError: none of its pictures can be used.
    """
    if not source.named or len(source.bad) < source.named:
        return
    file, why = min(source.bad_files.items())
    reason = f"{source.kind.value} of {dataset!r}: none of {source.named:,} pictures can be used ({named(file)}: {why})"
    ways = (f"benchmark data check {dataset}   # says what is wrong with each", "or get the pictures anew")
    raise MissingInputError(Need(reason, ways, f"{source.kind.value} of {dataset}"))


def bad_picture_lines(source: Source, dataset: str) -> Iterator[str]:
    """Which picture files cannot be used, the first few by name with the reason; nothing where all can."""
    if source.replaced:
        yield f"{source.kind.value} of {dataset}: {source.replaced:,} tweets show the replacement of a lost picture"
    bad = sorted(source.bad_files.items())
    if not bad:
        return
    of = f" of {source.named:,}" if source.named else ""
    yield f"{source.kind.value} of {dataset}: {len(bad):,}{of} pictures cannot be used; their tweets have none:"
    for file, why in bad[:_NAMED]:
        yield f"  {named(file)}: {one_line(why)}"
    if len(bad) > _NAMED:
        all_of = f"benchmark data prepare {dataset} --input {source.kind.value}={source.name}"
        yield f"  and {len(bad) - _NAMED:,} more; all of them: {all_of}"


@contextmanager
def _bar(title: str, total: int, screen: Console) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    clocks = (TimeElapsedColumn(), TimeRemainingColumn())
    screen.print(f"preparing {title}: {total:,} pictures", markup=False, highlight=False)
    with Progress(*columns, *clocks, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)


def with_earlier_tests(job: Job, record: RunRecord | None, materials: LocalResources) -> Job:
    """The job, scored also on what an earlier run of it was scored on, as far as that is still here.

    Two suites that ask for other transfers of one training would else undo each other's scores in turn.
    """
    kept = []
    for other in record.spec.transfer if record is not None else ():
        with suppress(MnerbenchError):
            sources = {InputKind(kind): source for kind, source in other.sources.items()}
            found = materials.dataset_ref(other.name, tuple(sources), sources, other.lost_pictures)
            if (found.fingerprints, found.inputs) == (other.fingerprints, other.inputs):
                materials.inputs(found)
                kept.append(found)
    return replace(job, spec=job.spec.also_on(kept))
