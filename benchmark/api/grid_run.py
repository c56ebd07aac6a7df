"""The execution of a grid, with plan and progress in the terminal; `benchmark run` and `mnerbench.run` share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.execution.executors.config import ExecutorConfig
    from mnerbench.benchmark.execution.flags import ExecutionFlags
    from mnerbench.benchmark.execution.orchestrator import Outcome
    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.planning.expand import Grid
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.results.damage import Damage
    from mnerbench.benchmark.results.record import RunRecord
    from mnerbench.benchmark.results.spec import RunSpec
    from mnerbench.benchmark.results.taggers import Keep


@dataclass(frozen=True)
class GridRun:
    """A grid whose missing runs were executed.

    Attributes:
        session: the resolved grid.
        outcome: what happened; None if it was interrupted before any run.
    """

    session: Session
    outcome: Outcome | None

    @property
    def interrupted(self) -> bool:
        """Whether runs were stopped by a signal."""
        return self.outcome is None or self.outcome.interrupted


def run_grid(
    grid: GridFlags,
    execution: ExecutionFlags,
    screen: Console,
    *,
    keep: Keep,
    fail_fast: bool,
    require_all: bool,
) -> GridRun:
    """Execute the missing runs of a grid, one record per run.

    Args:
        grid: flags of the grid.
        execution: flags of the execution.
        screen: console for plan and progress.
        keep: which taggers the results folder keeps.
        fail_fast: stop at the first failure.
        require_all: raise before training if a method of the suite cannot run.

    Raises:
        MissingInputError: no run can be executed, or not all with `require_all`.
        ConfigError: the flags are invalid.
        DiskError: the disk is full; finished runs are kept.
    """
    from mnerbench.benchmark.display.plan_table import print_plan
    from mnerbench.benchmark.display.warnings import warn_of_damage, warn_of_stored_suite
    from mnerbench.benchmark.execution.session import open_session, suite_manifest
    from mnerbench.benchmark.resources.describe_splits import describe_splits
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.benchmark.resources.disk import check_store, space_needed
    from mnerbench.benchmark.results.manifest import save_manifest

    check_device(execution.device)
    session = open_session(grid, **execution.machine_settings, keep=keep)
    executor_config = execution.executor_config(session.resources.paths)
    workers = executor_config.workers or 1
    print_plan(session, screen, workers)
    warn_of_damage(session.store.damage)
    warn_of_stored_suite(session.store.root, suite_manifest(session.grid))
    _check_complete(session, require_all)
    check_store(session.store.root, space_needed(session.to_do(), session.resources, workers))
    try:
        # Twice, to report what cannot be built before hours of feature extraction.
        session = _buildable(session, screen)
        _check_complete(session, require_all)
        session = _buildable(_prepared(session, screen), screen)
        _check_complete(session, require_all)
        save_manifest(session.store.root, suite_manifest(session.grid))
        describe_splits((job.spec for job in session.grid.jobs), session.resources, session.store)
        return GridRun(session, _execute(session, execution, executor_config, screen, fail_fast=fail_fast))
    except KeyboardInterrupt:
        return GridRun(session, None)


def _check_complete(session: Session, require_all: bool) -> None:
    """Raise if `--require-all` is set and a method cannot run."""
    from mnerbench.datasets.errors import MissingInputError

    if require_all and session.grid.not_run:
        reason = "--require-all: not every method of the suite can run; see the list above"
        raise MissingInputError(f"{reason}\n  -> get the inputs it names, or leave --require-all out")


def _prepared(session: Session, screen: Console) -> Session:
    """Prepare the visual inputs of a session; prints and drops runs whose inputs cannot be prepared."""
    from mnerbench.benchmark.resources.prepare_features import prepare

    return _with_grid(session, prepare(session.grid, session.to_do(), session.resources, screen), screen)


def _buildable(session: Session, screen: Console) -> Session:
    """Print and drop runs of methods that cannot be built, as far as this is known.

    Raises:
        MissingInputError: no run is left.
    """
    from mnerbench.benchmark.execution.session import buildable_grid

    return _with_grid(session, buildable_grid(session), screen)


def _with_grid(session: Session, grid: Grid, screen: Console) -> Session:
    """Replace the grid of a session by a reduced one; prints what cannot run any more.

    Raises:
        MissingInputError: no run is left.
    """
    from dataclasses import replace

    from mnerbench.benchmark.display.warnings import print_lacking
    from mnerbench.datasets.errors import MissingInputError

    print_lacking({row: needs for row, needs in grid.lacking.items() if needs != session.grid.lacking.get(row)}, screen)
    if not grid.jobs:
        raise MissingInputError("nothing of this suite can be run; see the list above\n  -> get the inputs it names")
    return replace(session, grid=grid)


def _execute(
    session: Session, execution: ExecutionFlags, executor_config: ExecutorConfig, screen: Console, *, fail_fast: bool
) -> Outcome:
    """Execute the pending runs of a session.

    Args:
        session: session whose visual inputs are prepared.
        execution: flags of the execution.
        executor_config: configuration of the executor.
        screen: console for the progress.
        fail_fast: stop at the first failure.

    Raises:
        DiskError: the disk is full; finished runs are kept.
    """
    from mnerbench.benchmark.api.execution_context import ExecutionContext
    from mnerbench.benchmark.execution.orchestrator import Orchestrator, Outcome, SchedulerOptions
    from mnerbench.benchmark.execution.schedule import LongestFirst, TimeLeft
    from mnerbench.benchmark.planning.durations import durations
    from mnerbench.benchmark.resources.prepare_features import with_earlier_tests
    from mnerbench.benchmark.results.record import Status
    from mnerbench.benchmark.results.stats_store import PredictionStatsStore
    from mnerbench.benchmark.results.taggers import Keep, prune
    from mnerbench.benchmark.tracking.background import BackgroundTracker

    store, resources, pending = session.store, session.resources, session.to_do()
    if not pending:
        return Outcome()
    measured = durations(map(store.record, {job.spec.identity for job in session.grid.jobs}))
    time_left = TimeLeft((job.spec for job in pending), measured, executor_config.workers or 1)
    context, stats = ExecutionContext(screen, executor_config, resources, time_left), PredictionStatsStore(store)
    tracker = BackgroundTracker(store, session.grid.suite.name) if execution.mlflow else None
    with context.open(len(pending), tracker) as (display, track):

        def committed(record: RunRecord) -> None:
            stats.keep(record)
            track(record)
            if resources.paths.keep is Keep.BEST and record.status is Status.DONE:
                prune(store, Keep.BEST, record.spec)

        options = SchedulerOptions(
            policy=session.rerun,
            fail_fast=fail_fast,
            stall_timeout=execution.stall_timeout,
            pick=LongestFirst(pending, measured),
            prepare=lambda job: with_earlier_tests(job, store.record(job.spec.identity), resources),
            committed=committed,
        )
        return context.execute(Orchestrator(store, options, display), pending, display)


def failed_runs(session: Session) -> list[RunRecord]:
    """Collect the failed runs of the grid, also those that failed earlier or in another process."""
    from mnerbench.benchmark.results.record import Status

    records = (session.store.record(identity) for identity in {job.spec.identity: None for job in session.grid.jobs})
    return [record for record in records if record is not None and record.status is Status.FAILED]


def unfinished_runs(session: Session, outcome: Outcome) -> list[RunRecord]:
    """Collect the runs that ended early for a reason outside them, such as a server without answers."""
    from mnerbench.benchmark.results.record import Status

    records = (session.store.record(job.spec.identity) for job in outcome.left)
    return [record for record in records if record is not None and record.status is Status.INTERRUPTED]


def blocked_runs(session: Session) -> list[tuple[RunSpec, Damage]]:
    """Collect the runs of the grid that are missing because a damaged record must not be replaced, with the damage."""
    store, blocked = session.store, []
    for spec in {job.spec.identity: job.spec for job in session.grid.jobs}.values():
        if store.record(spec.identity) is None and (damage := store.damage.of(spec.identity)) is not None:
            blocked += [] if damage.replaceable else [(spec, damage)]
    return blocked
