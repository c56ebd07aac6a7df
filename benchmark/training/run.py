"""One run from spec to record, and the only place where an exception becomes data."""

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
from mnerbench.benchmark.training.context import RunContext, RunOutputs, keep
from mnerbench.benchmark.training.events import Listener, RunStarted
from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.subsets import training_tweets
from mnerbench.methods.base.family import CountingMethod, MethodFamily
from mnerbench.methods.registry import method_class, methods


def execute(
    job: Job, supplies: ResourceProvider, listen: Listener, stop: Callable[[], bool] = lambda: False
) -> RunRecord:
    """Do a run and write its predictions.

    Args:
        job: the run.
        supplies: what it is made from, and where its files go.
        listen: hears how it goes.
        stop: asked between steps whether the run is to end; its state is then kept.

    Returns:
        What is to become its record, whatever happens: a failure is a record with its reason.
    """
    record = _execute(job, supplies, listen, stop)
    if str(record.environment["device"]).startswith("cuda"):
        from mnerbench.benchmark.training.memory import free_cached_memory

        free_cached_memory()  # only now are its tensors unreferenced; other processes may share the GPU
    return record


def _execute(job: Job, supplies: ResourceProvider, listen: Listener, stop: Callable[[], bool]) -> RunRecord:
    software()  # the commit is that of the code that runs now, not of the files when a run ends
    store, begun, memory = RunStore(supplies.places.out), time.perf_counter(), MemoryMeter()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    findings = RunOutputs()

    def finish(status: Status, error: BaseException | None = None) -> RunRecord:
        seconds = time.perf_counter() - begun
        return RunRecord(
            identity=job.spec.identity,
            spec=job.spec,
            status=status,
            started=started,
            seconds=seconds,
            metrics=findings.metrics,
            timings=findings.timings,
            peak_memory=memory.peak(findings.device),
            environment=environment(findings.device),
            error=_describe(error) if error is not None else None,
            **findings.facts,
        )

    try:
        store.save_spec(job.spec)
        _perform(job, RunContext(supplies, store, findings, listen, stop))
    except KeyboardInterrupt as interruption:
        return finish(Status.INTERRUPTED, interruption)
    except DiskError as error:  # no fault of the run: once there is room, the same command does it again
        return finish(Status.INTERRUPTED, error)
    except Exception as error:  # noqa: BLE001 - the one boundary: a failing run is a record, and the grid goes on
        return finish(Status.FAILED, error)
    return finish(Status.DONE)


def failed_outside(job: Job, kind: str, message: str, curve: Sequence[EpochPoint] = ()) -> RunRecord:
    """The record of a run that could not say itself how it ended.

    Args:
        job: the run.
        kind: of error.
        message: its text.
        curve: the epochs that were heard of.
    """
    return RunRecord(
        identity=job.spec.identity,
        spec=job.spec,
        status=Status.FAILED,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        curve=tuple(curve),
        code=job.code,  # the worker cannot say which code it had: this is the planner's
        environment=environment("unknown"),
        error=RunError(kind=kind, message=message, traceback=""),
    )


def _describe(error: BaseException) -> RunError:
    trace = "".join(traceback.format_exception(error))
    return RunError(kind=type(error).__name__, message=str(error) or type(error).__name__, traceback=trace)


def _perform(job: Job, bench: RunContext) -> None:
    family = methods().family(job.spec.family)
    cls = _loaded(family, bench.findings)
    config = family.config.model_validate(job.spec.config)
    names = dict.fromkeys((job.spec.dataset.name, *(other.name for other in job.spec.transfer)))
    notes = tuple(note for name in names for note in bench.supplies.notes(name))
    bench.findings.facts |= {
        "notes": notes,
        "primary_view": config.primary_view.value,
        "ceilings": bench.supplies.ceilings(job.spec.dataset),
    }
    if family.is_count_based:
        _count(job.spec, cls(config), bench)
        return
    from mnerbench.benchmark.training.neural_run import train_and_evaluate

    train_and_evaluate(job, config, bench)


def _loaded(family: MethodFamily, findings: RunOutputs) -> type[Any]:
    """Import the class of a method, and note the code of the run, even if the import fails."""
    try:
        if not family.is_count_based:
            # Late, so that torch is imported by runs only; here, so that its code is noted as it is loaded.
            import mnerbench.benchmark.training.neural_run  # noqa: F401
        return method_class(family)
    finally:
        findings.facts["code"] = running_code(family)


def _count(spec: RunSpec, method: CountingMethod, bench: RunContext) -> None:
    bench.listen(RunStarted(spec.identity, spec.title, 0))
    timings = bench.findings.timings
    begun = time.perf_counter()
    method.fit(training_tweets(bench.supplies.corpus(spec.dataset.name)["train"], spec.dataset.train_tweets, spec.seed))
    timings["train"] = time.perf_counter() - begun
    for split, (data, name) in spec.scored.items():
        begun = time.perf_counter()
        labels = [method.tag(example.words) for example in bench.supplies.corpus(data.name)[name]]
        timings["dev" if split == "valid" else split] = time.perf_counter() - begun
        keep(bench, spec, (split, method.config.primary_view.value), labels)
