"""From searches to trials that are done."""

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


def do_trials(contests: MethodSearches, work: WorkFlags, screen: Console) -> tuple[TuningFile, list[Path], bool] | None:
    """Do all trials; None when somebody asked to stop.

    Returns:
        What was found, suite files with the best, and whether a trial failed.

    Raises:
        DiskError: the disk is full; what was done is kept.
    """
    folder, materials = contests.folder, contests.materials
    trials = RunStore(folder / TRIALS)
    inside = LocalResources(replace(materials.places, out=trials.root))
    staff = work.staff(inside.places)
    print_lacking(contests.lacking, screen, verb="not searched")
    for line in _headlines(contests):
        screen.print(line, markup=False)
    for line in _of_other_code(contests):
        screen.print(line, markup=False, style="yellow")
    stage = ExecutionContext(screen, staff, inside, TimeLeft((), Durations(), staff.workers or 1))
    book = BackgroundTracker(trials, parent_of(contests.suite.name), contests.out) if work.mlflow else None
    budget = sum(contest.search.budget - contest.search.states.total() for contest in contests.each)
    tuner = Tuner(contests.each, contests.seed, trials, (inside, methods()))
    _save(contests)  # what `status` shows while trials run, and after a kill
    with storage_errors(f"the search of {contests.suite.name}"), stage.open(budget, book, tuner.ending) as shown:
        display, note = shown

        def committed(record: RunRecord) -> None:
            tuner.committed(record)
            _save(contests)
            note(record)

        def hear(event: Event) -> None:
            if tuner.hear(event):
                orchestrator.end(event.identity)
            if isinstance(event, RunStarted):
                event = replace(event, title=tuner.title(event.identity))
                _save(contests)
            display(event)

        manners = SchedulerOptions(
            policy=Rerun.STALE,  # a trial does not take over the record of an equal one that other code computed
            patience=work.patience,
            committed=committed,
            more=tuner.more,
            elsewhere=tuner.elsewhere,
            waiting=_said_once(tuner.waiting, display.say),
        )
        orchestrator = Orchestrator(trials, manners, hear)
        try:
            outcome = stage.conduct(orchestrator, (), display)
        finally:
            found, everything = _save(contests)
    warn_of_damage(trials.damage)
    if outcome.interrupted:
        return None
    failed = any(search.count("fail") for search in found)
    return everything, _write_suites(contests, found), failed


def _save(contests: MethodSearches) -> tuple[list[SearchResult], TuningFile]:
    found = [collect(contest) for contest in contests.each]
    return found, save_results(contests.folder, contests.suite.name, found)


def _said_once(waiting: Callable[[], bool], say: Callable[[str], None]) -> Callable[[], bool]:
    """Ask whether other processes work, and tell so the first time that they do."""
    said = False

    def asked() -> bool:
        nonlocal said
        works = waiting()
        if works and not said:
            said = True
            say("waiting for trials that other processes work on; if one dies, its trials go on here")
        return works

    return asked


def _headlines(contests: MethodSearches) -> list[str]:
    searches = "1 search" if len(contests.each) == 1 else f"{len(contests.each)} searches"
    lines = [f"{contests.suite.name}: {searches}; seed {contests.seed}; test is not read"]
    spaces: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for contest in contests.each:
        search, states = contest.search, contest.search.states
        # In a study of an older version the first trial waits in the storage before anybody works on it.
        had = ", ".join(f"{count} {state}" for state, count in states.items() if state != "waiting")
        lines.append(
            f"{contest.method} on {contest.dataset}: {search.budget} trials" + (f", of them {had}" if had else "")
        )
        space = tuple(f"  {key}: {where}" for key, where in search.space.items())
        spaces.setdefault((contest.method, space), []).append(contest.dataset)
    for (method, space), datasets in spaces.items():
        lines += [f"settings of {method} on {', '.join(datasets)}:", *space]
    return lines


def _of_other_code(contests: MethodSearches) -> Iterator[str]:
    """A line per search that continues with other code than it began with."""
    for contest in contests.each:
        count = contest.search.of_other_code(code_digest(contest.code)) if contest.code else 0
        if count:
            trials = "1 trial was" if count == 1 else f"{count} trials were"
            yield (
                f"{contest.method} on {contest.dataset}: {trials} computed by other code than is installed; their "
                "scores are kept\n  -> another --out starts a new search"
            )


def _write_suites(contests: MethodSearches, found: list[SearchResult]) -> list[Path]:
    """A suite file per dataset, of the methods that have a best trial."""
    files = []
    for dataset in dict.fromkeys(contest.dataset for contest in contests.each):
        best = [
            (contest, one.best)
            for contest, one in zip(contests.each, found, strict=True)
            if contest.dataset == dataset and one.best is not None
        ]
        if best:
            path = tuned_path(contests.folder, dataset)
            with locked(contests.folder / _SUITES_LOCK):  # another process may be adding its own
                content = tuned_suite(contests.suite, dataset, best, contests.counting, read_tuned_suite(path))
                write_tuned_suite(path, content)
            files.append(path)
    return files
