"""From searches to trials that are done: executor, screen, MLflow and signals around the tuner."""

from __future__ import annotations

import tomllib
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from mnerbench.benchmark.cli.contests import Contests
from mnerbench.benchmark.cli.quiet import quiet_transformers
from mnerbench.benchmark.cli.work import WorkFlags
from mnerbench.benchmark.estimates import Durations
from mnerbench.benchmark.events import Event, RunStarted
from mnerbench.benchmark.executors.staff import employ
from mnerbench.benchmark.logbook import Logbook, logging_aside
from mnerbench.benchmark.materials import Materials
from mnerbench.benchmark.orchestrator import Manners, Orchestrator
from mnerbench.benchmark.progress import Screen
from mnerbench.benchmark.records import RunRecord, RunStore, Status, write_atomically
from mnerbench.benchmark.stopping import asked_to_stop
from mnerbench.benchmark.time_left import TimeLeft
from mnerbench.benchmark.tuning.results import TRIALS, SearchResult, collect, parent_of, save_results
from mnerbench.benchmark.tuning.suite_file import toml_text, tuned_suite
from mnerbench.benchmark.tuning.tuner import Tuner
from mnerbench.methods.registry import methods


def do_trials(
    contests: Contests, work: WorkFlags, screen: Console
) -> tuple[tuple[SearchResult, ...], list[Path], bool] | None:
    """Do all trials; None when somebody asked to stop.

    Returns:
        What was found, suite files with the best, and whether a trial failed.

    Raises:
        DiskError: the disk is full; what was done is kept.
    """
    quiet_transformers()
    folder, materials = contests.folder, contests.materials
    trials = RunStore(folder / TRIALS)
    inside = Materials(replace(materials.places, out=trials.root))
    staff = work.staff(inside.places)
    for dataset_or_method, why in contests.not_run.items():
        screen.print(f"not searched: {dataset_or_method}: {why}", markup=False, style="yellow")
    for line in _headlines(contests, staff.title):
        screen.print(line, markup=False)
    left = TimeLeft((), Durations(), staff.workers or 1)
    book = Logbook(trials, parent_of(contests.suite.name), contests.out)
    aside = logging_aside(book) if work.mlflow else nullcontext(lambda _: None)
    budget = sum(contest.search.budget - contest.search.states.total() for contest in contests.each)
    tuner = Tuner(contests.each, contests.seed, trials, (inside, methods()))
    with aside as note, Screen(screen, budget, left, several=staff.workers != 1, ending=tuner.ending) as display:

        def committed(record: RunRecord) -> None:
            tuner.committed(record)
            note(record)

        def hear(event: Event) -> None:
            if tuner.hear(event):
                orchestrator.end(event.identity)
            if isinstance(event, RunStarted):
                event = replace(event, title=tuner.title(event.identity))
            display(event)

        manners = Manners(patience=work.patience, committed=committed, more=tuner.more)
        orchestrator = Orchestrator(trials, manners, hear)

        def stop() -> None:
            orchestrator.interrupt()
            display.say("ending between two steps; once more to end at once")

        try:
            with asked_to_stop(stop):
                outcome = orchestrator.run((), employ(staff, inside))
        finally:
            found = [collect(contest) for contest in contests.each]
            everything = save_results(folder, contests.suite.name, found)
    if outcome.interrupted:
        return None
    failed = Status.FAILED in outcome.ended.values()
    return everything, _write_suites(contests, found), failed


def _headlines(contests: Contests, staff: str) -> list[str]:
    lines = [f"{contests.suite.name}: {len(contests.each)} searches; seed {contests.seed}; test is not read"]
    for contest in contests.each:
        search, states = contest.search, contest.search.states
        had = ", ".join(f"{count} {state}" for state, count in states.items())
        lines.append(
            f"{contest.method} on {contest.dataset}: {search.budget} trials" + (f", of them {had}" if had else "")
        )
        lines += [f"  {key}: {where}" for key, where in search.space.items()]
    return [*lines, *([staff] if staff else [])]


def _write_suites(contests: Contests, found: list[SearchResult]) -> list[Path]:
    """A suite file per dataset, of the methods that have a best trial."""
    files = []
    for dataset in dict.fromkeys(contest.dataset for contest in contests.each):
        best = [
            (contest, one.best)
            for contest, one in zip(contests.each, found, strict=True)
            if contest.dataset == dataset and one.best is not None
        ]
        if best:
            path = contests.folder / f"tuned-{dataset}.toml"
            old = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            content = tuned_suite(contests.suite, dataset, best, contests.counting, old)
            write_atomically(path, toml_text(content) + "\n")
            files.append(path)
    return files
