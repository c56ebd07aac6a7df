"""Times a whole run of `bert-crf` of the size of Twitter-2015, and a grid with several runs on a GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

from mnerbench.benchmark.execution.executors.config import (
    ExecutorConfig,
    ExecutorKind,
    resolve_executor,
)
from mnerbench.benchmark.execution.executors.factory import executor_factory
from mnerbench.benchmark.perf.gpu.outcomes import Emit, Figure, SkippedError, attempt, measure, require
from mnerbench.benchmark.perf.gpu.runs import do_runs, require_done
from mnerbench.benchmark.perf.gpu.setting import Setting
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.record import EpochPoint, RunRecord
from mnerbench.benchmark.training.events import EpochDone, Event

PER_GPU = 3
_RUNS = 6


def whole_run(precision: str) -> Callable[[Setting, Emit], None]:
    """The part that trains in a given precision."""

    def part(setting: Setting, emit: Emit) -> None:
        sizes, points = setting.sizes, list[EpochPoint]()
        epochs = sizes.epochs_fp32 if precision == "fp32" else sizes.epochs
        resources = LocalResources(setting.paths(f"whole-{precision}"))
        tweets = len(resources.corpus(setting.dataset)["train"])

        def on_event(event: Event) -> None:
            if isinstance(event, EpochDone):  # emitted at once, so that an aborted run has reported its progress
                points.append(event.point)
                note = f"{tweets:,} tweets, 16 per step; of {epochs} epochs"
                emit(Figure(f"training epoch, {precision}", measure([p.train_seconds for p in points], "s"), note))

        jobs = setting.jobs(
            ["bert-crf"],
            resources,
            str(setting.encoder_folder),
            epochs=epochs,
            batch_size=16,
            precision=precision,
        )
        (record,) = do_runs(jobs, resources, on_event)
        attempt("the run is done", lambda: require_done([record], setting.device), emit)
        attempt("every epoch was trained", lambda: _require_learning(record, epochs), emit)
        for figure in _figures(record, precision, tweets):
            emit(figure)

    return part


def _require_learning(record: RunRecord, epochs: int) -> None:
    """Require that all epochs were trained and the loss decreased.

    Raises:
        CheckError: an epoch is missing, or the loss did not decrease.
    """
    require(len(record.curve) == epochs, f"{len(record.curve)} epochs, not {epochs}")
    first, last = record.curve[0].loss, record.curve[-1].loss
    require(last < first, f"the loss went from {first:.3f} to {last:.3f}")


def _figures(record: RunRecord, precision: str, tweets: int) -> list[Figure]:
    if not record.curve or "test" not in record.timings:
        return []
    train, about = record.timings["train"], f"bert-crf, {len(record.curve)} epochs, {precision}"
    figures = [
        Figure(f"whole run, {precision}", measure([record.seconds], "s"), f"{about}: everything but imports"),
        Figure(
            f"trained tweets, {precision}",
            measure([tweets / point.train_seconds for point in record.curve], "tweets/s"),
            f"{train:.1f} s of training",
        ),
        Figure(f"dev F1, best, {precision}", measure([100 * max(p.dev_f1 for p in record.curve)], ""), about),
    ]
    if record.peak_memory is not None:
        figures.append(Figure(f"peak memory, {precision}", measure([record.peak_memory / 2**30], "GiB"), about))
    return figures


def shared(setting: Setting, emit: Emit) -> None:
    """Time six runs, three at a time on a GPU."""
    _grid(setting, emit, PER_GPU)


def alone(setting: Setting, emit: Emit) -> None:
    """Time the same six runs one at a time."""
    _grid(setting, emit, 1)


def _grid(setting: Setting, emit: Emit, per_gpu: int) -> None:
    tweets, epochs = setting.sizes.grid
    resources = LocalResources(setting.paths(f"grid-{per_gpu}"))
    executor = _executor_config(setting, per_gpu)
    training = {"epochs": epochs, "batch_size": 16, "precision": "bf16", "tweets": tweets}
    jobs = setting.jobs(["bert-crf", "bert"], resources, str(setting.encoder_folder), _RUNS // 2, **training)
    start = time.perf_counter()
    records = do_runs(jobs, resources, lambda _: None, executor_factory(executor, resources))
    seconds = time.perf_counter() - start
    attempt(f"all runs are done, {per_gpu} at a time", lambda: require_done(records, setting.device), emit)
    if per_gpu > 1:
        attempt("several ran at the same time", lambda: _require_overlap(records), emit)
    note = f"bert-crf and bert, {tweets} tweets, {epochs} epochs, bf16; with the start of {executor.title or 'workers'}"
    emit(Figure(f"{_RUNS} runs, {per_gpu} at a time", measure([seconds], "s"), note))
    each = measure([record.seconds for record in records], "s")
    emit(Figure(f"each of {_RUNS} runs, {per_gpu} at a time", each, note))


def _executor_config(setting: Setting, per_gpu: int) -> ExecutorConfig:
    """The executor of `--per-gpu`; on a CPU, the same number of workers, to rehearse."""
    if ":" in setting.device:
        raise SkippedError(f"--device {setting.device}: runs are distributed over all GPUs only with --device cuda")
    if setting.on_gpu:
        return resolve_executor("processes", None, per_gpu, setting.paths("none"))
    return ExecutorConfig(ExecutorKind.PROCESSES, per_gpu, 1, (None,) * per_gpu)


def _require_overlap(records: list[RunRecord]) -> None:
    """Require that some run started before another ended.

    Raises:
        CheckError: none did.
    """
    spans = sorted((datetime.fromisoformat(record.started).timestamp(), record.seconds) for record in records)
    overlaps = any(later[0] < earlier[0] + earlier[1] for earlier, later in pairwise(spans))
    require(overlaps, "each run started after the previous one had ended")
