"""Whole runs, as `benchmark run` does them, without a screen and without MLflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.inline import InlineExecutor
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.perf.gpu.outcomes import CheckError, require
from mnerbench.benchmark.perf.pictures import noise_inputs
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.planning.pending import Rerun, to_do
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.events import Listener
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.datasets.visual.sources.base import Source

_HEX = 64


class MadePictures(LocalResources):
    """Materials of a corpus whose tweets show pictures that nobody drew: vectors of noise, the same texts for all."""

    def dataset_ref(
        self, name: str, kinds: Iterable[InputKind], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """The corpus, and inputs of every kind that is asked for."""
        ref, wanted = super().dataset_ref(name, (), {}, lost), [kind.value for kind in kinds]
        made = {"inputs": dict.fromkeys(wanted, "0" * _HEX), "sources": dict.fromkeys(wanted, "noise")}
        return ref.model_copy(update=made)

    def sources(self, ref: DatasetRef) -> dict[InputKind, Source]:
        """None that could be looked at."""
        return {}

    def inputs(self, ref: DatasetRef) -> VisualInputs:
        """Made once per folder of results."""
        tweets = (example for split in self.corpus(ref.name).splits.values() for example in split)
        images = list(dict.fromkeys(tweet.image_id for tweet in tweets if tweet.image_id is not None))
        return noise_inputs(images, self.places.out / "pictures")


def do_runs(
    jobs: Sequence[Job],
    materials: LocalResources,
    listen: Listener = lambda _: None,
    employ: Callable[[Listener], Executor] | None = None,
) -> list[RunRecord]:
    """Do runs that have no record yet.

    Args:
        jobs: the runs.
        materials: what they are made from; records go into its results folder.
        listen: hears every event.
        employ: makes the executor; left out, runs are done in this process.

    Returns:
        The records, in the order of the jobs.

    Raises:
        CheckError: a run has none.
    """
    store = RunStore(materials.places.out)
    orchestrator = Orchestrator(store, SchedulerOptions(), listen)
    tasks = to_do(jobs, store, Rerun.MISSING)
    orchestrator.run(tasks, employ or (lambda hear: InlineExecutor(materials, hear)))
    records = [store.record(job.spec.identity) for job in jobs]
    found = [record for record in records if record is not None]
    require(len(found) == len(jobs), f"{len(jobs) - len(found)} of {len(jobs)} runs have no record")
    return found


def require_done(records: Iterable[RunRecord], device: str) -> None:
    """See that runs are done, and where.

    Raises:
        CheckError: one is not; it worked on another device.
    """
    for record in records:
        if record.status is not Status.DONE:
            why = record.error.message if record.error is not None else ""
            raise CheckError(f"{record.spec.title} is {record.status.value}: {' '.join(why.split())}")
        used = str(record.environment["device"])
        require(used.partition(":")[0] == device.partition(":")[0], f"{record.spec.title} worked on {used}")


def predictions(folder: Path) -> dict[str, bytes]:
    """The prediction files of all runs in a results folder, by their place in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("predictions/*.jsonl"))}
