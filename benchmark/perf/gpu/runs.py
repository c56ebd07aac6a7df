"""Executes whole runs like `benchmark run`, without console output and MLflow."""

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
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.datasets.visual.sources.base import Source

_HEX = 64


class NoisePictures(LocalResources):
    """Resources of a corpus without pictures: noise vectors, and the same texts for all tweets."""

    def dataset_ref(
        self, name: str, kinds: Iterable[InputKind], sources: Mapping[InputKind, str], lost: LostPictures
    ) -> DatasetRef:
        """The corpus with noise inputs of all requested kinds."""
        ref, names = super().dataset_ref(name, (), {}, lost), [kind.value for kind in kinds]
        update = {"inputs": dict.fromkeys(names, "0" * _HEX), "sources": dict.fromkeys(names, "noise")}
        return ref.model_copy(update=update)

    def sources(self, ref: DatasetRef) -> dict[InputKind, Source]:
        """No sources: there are no pictures."""
        return {}

    def inputs(self, ref: DatasetRef) -> VisualInputs:
        """Noise inputs, generated once per results folder."""
        tweets = (example for split in self.corpus(ref.name).splits.values() for example in split)
        images = list(dict.fromkeys(image for tweet in tweets for image in tweet.image_ids))
        return noise_inputs(images, self.paths.out / "pictures")


def do_runs(
    jobs: Sequence[Job],
    resources: LocalResources,
    listen: Listener = lambda _: None,
    make_executor: Callable[[Listener], Executor] | None = None,
) -> list[RunRecord]:
    """Execute runs that have no record yet.

    Args:
        jobs: the runs.
        resources: their resources; records are written to its results folder.
        listen: receives every event.
        make_executor: creates the executor; by default, runs execute in this process.

    Returns:
        The records, in the order of the jobs.

    Raises:
        CheckError: a run has no record.
    """
    store = RunStore(resources.paths.out)
    orchestrator = Orchestrator(store, SchedulerOptions(), listen)
    tasks = to_do(jobs, store, Rerun.MISSING)
    orchestrator.run(tasks, make_executor or (lambda listener: InlineExecutor(resources, listener)))
    records = [store.record(job.spec.identity) for job in jobs]
    existing = [record for record in records if record is not None]
    require(len(existing) == len(jobs), f"{len(jobs) - len(existing)} of {len(jobs)} runs have no record")
    return existing


def require_done(records: Iterable[RunRecord], device: str) -> None:
    """Require that runs are done, on the given device.

    Raises:
        CheckError: a run is not done, or used another device.
    """
    for record in records:
        if record.status is not Status.DONE:
            reason = record.error.message if record.error is not None else ""
            raise CheckError(f"{record.spec.title} is {record.status.value}: {' '.join(reason.split())}")
        used = str(record.environment["device"])
        require(used.partition(":")[0] == device.partition(":")[0], f"{record.spec.title} used {used}")


def predictions(folder: Path) -> dict[str, bytes]:
    """Contents of the prediction files of all runs in a results folder, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("predictions/*.jsonl"))}
