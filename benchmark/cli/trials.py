"""Executes the trials of searches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from mnerbench.benchmark.cli.contests import MethodSearches
from mnerbench.benchmark.cli.execute import ExecutionContext
from mnerbench.benchmark.cli.run_options import WorkFlags
from mnerbench.benchmark.cli.warnings import print_lacking, warn_of_damage
from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
from mnerbench.benchmark.execution.schedule import TimeLeft
from mnerbench.benchmark.planning.durations import Durations
from mnerbench.benchmark.planning.pending import Rerun
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.code_state import code_digest
from mnerbench.benchmark.results.lock_files import locked
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.results.search_results import TRIALS, SearchResult, TuningFile, parent_of, save_results
from mnerbench.benchmark.results.store import RunStore
from mnerbench.benchmark.tracking.background import BackgroundTracker
from mnerbench.benchmark.training.events import Event, RunStarted
from mnerbench.benchmark.tuning.collect import collect
from mnerbench.benchmark.tuning.storage import storage_errors
from mnerbench.benchmark.tuning.suite_file import read_tuned_suite, tuned_path, tuned_suite, write_tuned_suite
from mnerbench.benchmark.tuning.tuner import Tuner
from mnerbench.methods.registry import methods

_SUITES_LOCK = ".suites.lock"


def execute_trials(
    searches: MethodSearches, work: WorkFlags, screen: Console
) -> tuple[TuningFile, list[Path], bool] | None:
    """Execute all trials.

    Returns:
        The results, the suite files of the best settings, and whether a trial failed; None after an interruption.

    Raises:
        DiskError: the disk is full; finished trials are kept.
    """
    trials = RunStore(searches.folder / TRIALS)
    resources = LocalResources(replace(searches.resources.places, out=trials.root))
    executor_config = work.executor_config(resources.places)
    print_lacking(searches.lacking, screen, verb="not searched")
    for line in _headlines(searches):
        screen.print(line, markup=False)
    for line in _other_code_lines(searches):
        screen.print(line, markup=False, style="yellow")
    time_left = TimeLeft((), Durations(), executor_config.workers or 1)
    context = ExecutionContext(screen, executor_config, resources, time_left)
    tracker = BackgroundTracker(trials, parent_of(searches.suite.name), searches.out) if work.mlflow else None
    budget = sum(entry.search.budget - entry.search.states.total() for entry in searches.searches)
    tuner = Tuner(searches.searches, searches.seed, trials, (resources, methods()))
    _save(searches)  # for `status` while trials run, and after a kill
    with (
        storage_errors(f"the search of {searches.suite.name}"),
        context.open(budget, tracker, tuner.ending) as (display, track),
    ):

        def committed(record: RunRecord) -> None:
            tuner.committed(record)
            _save(searches)
            track(record)

        def hear(event: Event) -> None:
            if tuner.hear(event):
                orchestrator.end(event.identity)
            if isinstance(event, RunStarted):
                event = replace(event, title=tuner.title(event.identity))
                _save(searches)
            display(event)

        options = SchedulerOptions(
            policy=Rerun.STALE,  # a trial does not reuse the record of an equal trial that other code computed
            stall_timeout=work.stall_timeout,
            committed=committed,
            more=tuner.more,
            elsewhere=tuner.elsewhere,
            waiting=_announced_once(tuner.waiting, display.say),
        )
        orchestrator = Orchestrator(trials, options, hear)
        try:
            outcome = context.execute(orchestrator, (), display)
        finally:
            results, file = _save(searches)
    warn_of_damage(trials.damage)
    if outcome.interrupted:
        return None
    failed = any(result.count("fail") for result in results)
    return file, _write_suites(searches, results), failed


def _save(searches: MethodSearches) -> tuple[list[SearchResult], TuningFile]:
    results = [collect(entry) for entry in searches.searches]
    return results, save_results(searches.folder, searches.suite.name, results)


def _announced_once(waiting: Callable[[], bool], say: Callable[[str], None]) -> Callable[[], bool]:
    """Wrap `waiting` so that the first wait for other processes is announced."""
    announced = False

    def announcing() -> bool:
        nonlocal announced
        waits = waiting()
        if waits and not announced:
            announced = True
            say("waiting for trials of other processes; if one of them dies, its trials continue here")
        return waits

    return announcing


def _headlines(searches: MethodSearches) -> list[str]:
    count = len(searches.searches)
    number = "1 search" if count == 1 else f"{count} searches"
    lines = [f"{searches.suite.name}: {number}; seed {searches.seed}; test is not read"]
    spaces: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for entry in searches.searches:
        search, states = entry.search, entry.search.states
        # In a study of an older version the first trial waits in the storage before a process takes it.
        progress = ", ".join(f"{trials} {state}" for state, trials in states.items() if state != "waiting")
        lines.append(
            f"{entry.method} on {entry.dataset}: {search.budget} trials" + (f", of them {progress}" if progress else "")
        )
        space = tuple(f"  {key}: {domain}" for key, domain in search.space.items())
        spaces.setdefault((entry.method, space), []).append(entry.dataset)
    for (method, space), datasets in spaces.items():
        lines += [f"settings of {method} on {', '.join(datasets)}:", *space]
    return lines


def _other_code_lines(searches: MethodSearches) -> Iterator[str]:
    """Yield a line per search that continues with other code than it started with."""
    for entry in searches.searches:
        count = entry.search.of_other_code(code_digest(entry.code)) if entry.code else 0
        if count:
            trials = "1 trial was" if count == 1 else f"{count} trials were"
            yield (
                f"{entry.method} on {entry.dataset}: {trials} computed by other code than is installed; their "
                "scores are kept\n  -> another --out starts a new search"
            )


def _write_suites(searches: MethodSearches, results: list[SearchResult]) -> list[Path]:
    """Write a suite file per dataset with the methods that have a best trial."""
    files = []
    for dataset in dict.fromkeys(entry.dataset for entry in searches.searches):
        best = [
            (entry, result.best)
            for entry, result in zip(searches.searches, results, strict=True)
            if entry.dataset == dataset and result.best is not None
        ]
        if best:
            path = tuned_path(searches.folder, dataset)
            with locked(searches.folder / _SUITES_LOCK):  # another process may be adding its methods
                content = tuned_suite(searches.suite, dataset, best, searches.count_based, read_tuned_suite(path))
                write_tuned_suite(path, content)
            files.append(path)
    return files
