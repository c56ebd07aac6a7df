"""Executes one run from spec to record, and turns its exceptions into records."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from mnerbench.benchmark.planning.installed_code import running_code
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import ResourceProvider
from mnerbench.benchmark.results.environment import MemoryMeter, environment, software
from mnerbench.benchmark.results.record import EpochPoint, RunError, RunRecord, Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.training.context import RunContext, RunOutputs, store_predictions
from mnerbench.benchmark.training.events import Listener, RunStarted
from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.subsets import training_tweets
from mnerbench.methods.base.family import CountingMethod, MethodFamily
from mnerbench.methods.registry import method_class, methods


def execute(
    job: Job, provider: ResourceProvider, listen: Listener, stop: Callable[[], bool] = lambda: False
) -> RunRecord:
    """Execute a run and write its predictions.

    Args:
        job: the run.
        provider: provides its data and the paths of its files.
        listen: receives events.
        stop: called between steps; if it returns True, the run ends and its state is kept.

    Returns:
        The record of the run; that of a failed run holds the error.
    """
    record = _execute(job, provider, listen, stop)
    if str(record.environment["device"]).startswith("cuda"):
        from mnerbench.benchmark.training.memory import free_cached_memory

        free_cached_memory()  # here the run's tensors are unreferenced; other processes may share the GPU
    return record


def _execute(job: Job, provider: ResourceProvider, listen: Listener, stop: Callable[[], bool]) -> RunRecord:
    software()  # caches the commit now: the files may change before the run ends
    store, start, memory = RunStore(provider.places.out), time.perf_counter(), MemoryMeter()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    outputs = RunOutputs()

    def finish(status: Status, error: BaseException | None = None) -> RunRecord:
        seconds = time.perf_counter() - start
        return RunRecord(
            identity=job.spec.identity,
            spec=job.spec,
            status=status,
            started=started,
            seconds=seconds,
            metrics=outputs.metrics,
            timings=outputs.timings,
            peak_memory=memory.peak(outputs.device),
            environment=environment(outputs.device),
            error=_describe(error) if error is not None else None,
            **outputs.facts,
        )

    try:
        store.save_spec(job.spec)
        _perform(job, RunContext(provider, store, outputs, listen, stop))
    except KeyboardInterrupt as interruption:
        return finish(Status.INTERRUPTED, interruption)
    except DiskError as error:  # not an error of the run: once there is room, the same command repeats it
        return finish(Status.INTERRUPTED, error)
    except Exception as error:  # noqa: BLE001 - the one boundary: a failing run is a record, and the grid continues
        return finish(Status.FAILED, error)
    return finish(Status.DONE)


def failed_outside(job: Job, kind: str, message: str, curve: Sequence[EpochPoint] = ()) -> RunRecord:
    """The record of a run whose worker ended without sending one.

    Args:
        job: the run.
        kind: of error.
        message: of the error.
        curve: the epochs that were reported.
    """
    return RunRecord(
        identity=job.spec.identity,
        spec=job.spec,
        status=Status.FAILED,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        curve=tuple(curve),
        code=job.code,  # as installed where the run was planned: the worker's code is unknown
        environment=environment("unknown"),
        error=RunError(kind=kind, message=message, traceback=""),
    )


def _describe(error: BaseException) -> RunError:
    trace = "".join(traceback.format_exception(error))
    return RunError(kind=type(error).__name__, message=str(error) or type(error).__name__, traceback=trace)


def _perform(job: Job, context: RunContext) -> None:
    family = methods().family(job.spec.family)
    cls = _load_method_class(family, context.outputs)
    config = family.config.model_validate(job.spec.config)
    datasets = dict.fromkeys((job.spec.dataset.name, *(other.name for other in job.spec.transfer)))
    notes = tuple(note for name in datasets for note in context.provider.notes(name))
    context.outputs.facts |= {
        "notes": notes,
        "primary_view": config.primary_view.value,
        "ceilings": context.provider.ceilings(job.spec.dataset),
    }
    if family.counts:
        _run_count_based(job.spec, cls(config), context)
        return
    from mnerbench.benchmark.training.neural_run import train_and_evaluate

    train_and_evaluate(job, config, context)


def _load_method_class(family: MethodFamily, outputs: RunOutputs) -> type[Any]:
    """Import the class of a method and record the code of the run, even if the import fails."""
    try:
        if not family.counts:
            # Imported late, because it loads torch; here, so that its code is recorded as it was loaded.
            import mnerbench.benchmark.training.neural_run  # noqa: F401
        return method_class(family)
    finally:
        outputs.facts["code"] = running_code(family)


def _run_count_based(spec: RunSpec, method: CountingMethod, context: RunContext) -> None:
    context.listen(RunStarted(spec.identity, spec.title, 0))
    timings = context.outputs.timings
    start = time.perf_counter()
    train = context.provider.corpus(spec.dataset.name)["train"]
    method.fit(training_tweets(train, spec.dataset.train_tweets, spec.seed))
    timings["train"] = time.perf_counter() - start
    for split, (data, name) in spec.scored.items():
        start = time.perf_counter()
        labels = [method.tag(example.words) for example in context.provider.corpus(data.name)[name]]
        timings["dev" if split == "valid" else split] = time.perf_counter() - start
        store_predictions(context, spec, (split, method.config.primary_view.value), labels)
