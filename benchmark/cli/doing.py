"""From a session to runs that are done."""

from __future__ import annotations

from rich.console import Console

from mnerbench.benchmark.cli.execute import ExecutionContext
from mnerbench.benchmark.cli.run_options import WorkFlags
from mnerbench.benchmark.execution.executors.config import ExecutorConfig
from mnerbench.benchmark.execution.orchestrator import Orchestrator, Outcome, SchedulerOptions
from mnerbench.benchmark.execution.precedence import LongestFirst
from mnerbench.benchmark.execution.schedule import TimeLeft
from mnerbench.benchmark.execution.session import Session
from mnerbench.benchmark.planning.durations import durations
from mnerbench.benchmark.resources.prepare_features import with_earlier_tests
from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
from mnerbench.benchmark.results.record import RunRecord
from mnerbench.benchmark.tracking.background import BackgroundTracker


def do_runs(session: Session, how: tuple[WorkFlags, ExecutorConfig], screen: Console, *, fail_fast: bool) -> Outcome:
    """Do what is to do of a session's grid.

    Args:
        session: its visual inputs are made.
        how: flags, and who does the runs.
        screen: shows progress.
        fail_fast: stop at the first failure.

    Raises:
        DiskError: the disk is full; what was done is kept.
    """
    store, materials, (work, staff), todo = session.store, session.materials, how, session.to_do()
    if not todo:
        return Outcome()
    known = durations(map(store.record, {job.spec.identity for job in session.grid.jobs}))
    left = TimeLeft((task.job.spec for task in todo), known, staff.workers or 1)
    stage, tallies = ExecutionContext(screen, staff, materials, left), PredictionStatsStore(store)
    with stage.open(len(todo), BackgroundTracker(store, session.grid.suite.name) if work.mlflow else None) as (
        display,
        note,
    ):

        def committed(record: RunRecord) -> None:
            tallies.keep(record)
            note(record)

        manners = SchedulerOptions(
            policy=session.rerun,
            fail_fast=fail_fast,
            patience=work.patience,
            pick=LongestFirst(todo, known),
            prepare=lambda job: with_earlier_tests(job, store.record(job.spec.identity), materials),
            committed=committed,
        )
        return stage.conduct(Orchestrator(store, manners, display), todo, display)
