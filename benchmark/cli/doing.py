"""Executes the pending runs of a session."""

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


def execute_runs(
    session: Session, work: WorkFlags, executor_config: ExecutorConfig, screen: Console, *, fail_fast: bool
) -> Outcome:
    """Execute the pending runs of a session.

    Args:
        session: session whose visual inputs are prepared.
        work: flags of the execution.
        executor_config: configuration of the executor.
        screen: console for the progress.
        fail_fast: stop at the first failure.

    Raises:
        DiskError: the disk is full; finished runs are kept.
    """
    store, resources, pending = session.store, session.materials, session.to_do()
    if not pending:
        return Outcome()
    measured = durations(map(store.record, {job.spec.identity for job in session.grid.jobs}))
    time_left = TimeLeft((job.spec for job in pending), measured, executor_config.workers or 1)
    context, stats = ExecutionContext(screen, executor_config, resources, time_left), PredictionStatsStore(store)
    tracker = BackgroundTracker(store, session.grid.suite.name) if work.mlflow else None
    with context.open(len(pending), tracker) as (display, track):

        def committed(record: RunRecord) -> None:
            stats.keep(record)
            track(record)

        options = SchedulerOptions(
            policy=session.rerun,
            fail_fast=fail_fast,
            stall_timeout=work.stall_timeout,
            pick=LongestFirst(pending, measured),
            prepare=lambda job: with_earlier_tests(job, store.record(job.spec.identity), resources),
            committed=committed,
        )
        return context.execute(Orchestrator(store, options, display), pending, display)
