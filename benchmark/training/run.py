"""Executes one run from spec to record, and turns its exceptions into records."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from mnerbench.benchmark.planning.installed_code import running_code
from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.paths import ResourceProvider
from mnerbench.benchmark.results.environment import environment, software
from mnerbench.benchmark.results.record import EpochPoint, RunError, RunRecord, Status
from mnerbench.benchmark.results.taggers import Keep
from mnerbench.benchmark.training.context import RunContext
from mnerbench.benchmark.training.events import Listener, RunStarted
from mnerbench.datasets.chat.errors import ChatError
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
    context = RunContext(job, provider, listen, stop)
    try:
        context.store.save_spec(job.spec)
        _perform(context)
    except KeyboardInterrupt as interruption:
        return context.record(Status.INTERRUPTED, interruption)
    except (DiskError, ChatError) as error:  # no error of the run: with room, server or money, the command resumes it
        return context.record(Status.INTERRUPTED, error)
    except Exception as error:  # noqa: BLE001 - the one boundary: a failing run is a record, and the grid continues
        return context.record(Status.FAILED, error)
    return context.record(Status.DONE)


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


def _perform(context: RunContext) -> None:
    spec, provider = context.job.spec, context.provider
    family = methods().family(spec.family)
    cls = _load_method_class(family, context)
    config = family.config.model_validate(spec.config)
    datasets = dict.fromkeys(data.name for data in spec.datasets)
    context.facts |= {
        "notes": tuple(note for name in datasets for note in provider.notes(name)),
        "primary_view": config.primary_view.value,
        "ceilings": provider.ceilings(spec.dataset),
    }
    if family.is_count_based:
        _run_count_based(cls(config), context)
        return
    if family.is_prompted:
        from mnerbench.benchmark.training.prompted_run import run_prompted

        run_prompted(cls(config), context)
        return
    from mnerbench.benchmark.training.neural_run import train_and_evaluate

    train_and_evaluate(config, context)


def _load_method_class(family: MethodFamily, context: RunContext) -> type[Any]:
    """Import the class of a method and record the code of the run, even if the import fails."""
    try:
        if family.is_trained:
            # Imported late, because it loads torch; here, so that its code is recorded as it was loaded.
            import mnerbench.benchmark.training.neural_run  # noqa: F401
        return method_class(family)
    finally:
        context.facts["code"] = running_code(family)


def _run_count_based(method: CountingMethod, context: RunContext) -> None:
    spec, provider, timings = context.job.spec, context.provider, context.timings
    context.listen(RunStarted(spec.identity, spec.title, 0))
    start = time.perf_counter()
    train = provider.tweets(spec.dataset)["train"]
    method.fit(training_tweets(train, spec.dataset.train_tweets, spec.seed))
    timings["train"] = time.perf_counter() - start
    for split, (data, name) in spec.scored.items():
        start = time.perf_counter()
        labels = [method.tag(example.words) for example in provider.tweets(data)[name]]
        timings["dev" if split == "valid" else split] = time.perf_counter() - start
        context.store_predictions(split, method.config.primary_view.value, labels)
    _keep_fitted(method, context)


def _keep_fitted(method: CountingMethod, context: RunContext) -> None:
    if context.provider.paths.keep is not Keep.NONE:
        # Imported late, because it loads torch, which counting does without.
        from mnerbench.benchmark.training.kept_tagger import keep_fitted

        keep_fitted(method, context.job.spec.dataset.types, context)
