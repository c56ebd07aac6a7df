"""`benchmark tune`: searches the settings of methods with equal budgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.execution_options import execution_options, split_flags
from mnerbench.benchmark.cli.options import some_grid_options
from mnerbench.benchmark.cli.verb import Verb

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.cli.search_session import SearchSession
    from mnerbench.benchmark.execution.flags import ExecutionFlags
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.search_results import TuningFile
    from mnerbench.benchmark.training.events import Event

_UNSET = {"seeds": None, "train_tweets": None, "rerun": "missing"}
_SEED = 1000  # unused by suites, so that settings are not selected for a reported seed


@click.command("tune", cls=Verb)
@click.option(
    "--method",
    "--methods",
    "methods",
    metavar="A,B",
    help="Methods to search.  [default: all methods of the suite with something to search]",
)
@click.option(
    "--trials",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="Total number of trials per method and dataset.",
)
@some_grid_options(
    *(
        "suite_name",
        "datasets",
        "encoder",
        "trust_remote_code",
        "word_vectors",
        "protocol",
        "precision",
        "inputs",
        "hide_pictures",
        "settings",
        "baseline",
    ),
    *("data", "models", "cache", "out"),
)
@click.option(
    "--search",
    "overrides",
    multiple=True,
    metavar="METHOD.KEY=DOMAIN",
    help="Change the search space that `show` lists: maf.temperature=0.02..0.5:log, training.batch_size=8,16. "
    "Repeatable.",
)
@click.option(
    "--storage",
    metavar="URL",
    help="URL of an Optuna storage, for machines without a shared disk.  [default: a journal in the results folder]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=_SEED,
    show_default=True,
    help="Training seed of every trial.",
)
@execution_options
@click.pass_context
def command(
    context: click.Context, /, *, trials: int, overrides: tuple[str, ...], storage: str | None, seed: int, **flags: Any
) -> None:
    """Search the settings of each method on dev with the same number of trials; write the best ones as a suite.

    Test is never read. The first trial uses the settings of the suite. Finished trials are not repeated: the same
    command resumes the search, and a larger --trials extends it. Exit codes are those of `run`.
    """
    from mnerbench.benchmark.cli.search_session import SearchFlags, open_search_session
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.planning.suite import load_suite
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.reports.render.search_sections import search_sections
    from mnerbench.reports.render.terminal import print_section

    execution, named = split_flags(flags)
    check_device(execution.device)
    screen, grid_flags = console(), GridFlags(**{**_UNSET, **named})
    search_flags = SearchFlags(overrides, storage, trials, seed)
    session = open_search_session(grid_flags, execution, search_flags, screen)
    try:
        with session.processes:
            outcome = execute_trials(session, execution, screen)
    except KeyboardInterrupt:
        outcome = None
    if outcome is None:
        screen.print("interrupted: to resume, run the same command", style="yellow")
        context.exit(130)
    results, files, failed = outcome
    for section in search_sections([results]):
        print_section(section, screen)
    for path in files:
        screen.print(f"best settings of each method: benchmark run --suite {path}", markup=False)
        baseline = session.suite.baseline
        if baseline is not None and baseline not in load_suite(str(path)).all_names:
            screen.print(
                f"  the baseline {baseline} is not in it: search it with the same budget by --method {baseline}",
                markup=False,
                style="yellow",
            )
    context.exit(1 if failed else 0)


def execute_trials(
    session: SearchSession, execution: ExecutionFlags, screen: Console
) -> tuple[TuningFile, list[Path], bool] | None:
    """Execute all trials.

    Returns:
        The results, the suite files of the best settings, and whether a trial failed; None after an interruption.

    Raises:
        DiskError: the disk is full; finished trials are kept.
    """
    from mnerbench.benchmark.api.execution_context import ExecutionContext
    from mnerbench.benchmark.display.warnings import print_lacking, warn_of_damage
    from mnerbench.benchmark.execution.orchestrator import Orchestrator, SchedulerOptions
    from mnerbench.benchmark.execution.schedule import TimeLeft
    from mnerbench.benchmark.planning.durations import Durations
    from mnerbench.benchmark.planning.pending import Rerun
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.results.search_results import TRIALS, parent_of
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.benchmark.tracking.background import BackgroundTracker
    from mnerbench.benchmark.training.events import RunStarted
    from mnerbench.benchmark.tuning.storage import storage_errors
    from mnerbench.benchmark.tuning.tuner import Tuner
    from mnerbench.methods.registry import methods

    store = RunStore(session.folder / TRIALS)
    resources = LocalResources(replace(session.resources.paths, out=store.root))
    executor_config = execution.executor_config(resources.paths)
    print_lacking(session.lacking, screen, verb="not searched")
    for line in session.headlines():
        screen.print(line, markup=False)
    for line in session.other_code_lines():
        screen.print(line, markup=False, style="yellow")
    time_left = TimeLeft((), Durations(), executor_config.workers or 1)
    context = ExecutionContext(screen, executor_config, resources, time_left)
    tracker = BackgroundTracker(store, parent_of(session.suite.name), session.out) if execution.mlflow else None
    pending = sum(entry.search.budget - entry.search.states.total() for entry in session.searches)
    tuner = Tuner(session.searches, session.seed, store, (resources, methods()))
    session.save()  # for `status` while trials run, and after a kill
    with (
        storage_errors(f"the search of {session.suite.name}"),
        context.open(pending, tracker, tuner.ending) as (display, track),
    ):

        def committed(record: RunRecord) -> None:
            tuner.committed(record)
            session.save()
            track(record)

        def hear(event: Event) -> None:
            if tuner.hear(event):
                orchestrator.end(event.identity)
            if isinstance(event, RunStarted):
                event = replace(event, title=tuner.title(event.identity))
                session.save()
            display(event)

        options = SchedulerOptions(
            policy=Rerun.STALE,  # a trial does not reuse the record of an equal trial that other code computed
            stall_timeout=execution.stall_timeout,
            committed=committed,
            more=tuner.more,
            elsewhere=tuner.elsewhere,
            waiting=_announced_once(tuner.waiting, display.say),
        )
        orchestrator = Orchestrator(store, options, hear)
        try:
            outcome = context.execute(orchestrator, (), display)
        finally:
            results, file = session.save()
    warn_of_damage(store.damage)
    if outcome.interrupted:
        return None
    failed = any(result.count("fail") for result in results)
    return file, session.write_suites(results), failed


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
