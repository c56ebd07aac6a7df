"""`benchmark run`: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.grid_options import grid_options
from mnerbench.benchmark.cli.run_options import split_flags, work_options

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.execution.orchestrator import Outcome
    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.planning.expand import Grid
    from mnerbench.benchmark.results.record import RunRecord


@click.command("run")
@grid_options
@work_options
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@click.option("--require-all", is_flag=True, help="Stop before training when a method of the suite cannot run.")
@click.pass_context
def command(context: click.Context, /, *, fail_fast: bool, require_all: bool, **flags: Any) -> None:
    """Run what is missing of a suite, one record per run, then print the leaderboard.

    What is done is never done again; a killed run goes on from its last checkpoint. Ctrl-C ends between two steps and
    keeps the state of what runs; a second one ends at once. Exit code 1: a run failed, or its record is damaged and not
    ours to replace; 2: the input is wrong, or the disk is full; 130: interrupted.
    """
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.doing import do_runs
    from mnerbench.benchmark.cli.plan import print_plan
    from mnerbench.benchmark.cli.warnings import warn_of_damage, warn_of_shared_name
    from mnerbench.benchmark.execution.session import grid_file, open_session
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.resources.describe_splits import describe_splits
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.benchmark.resources.disk import check_store, space_needed
    from mnerbench.benchmark.results.manifest import save_grid

    screen = console()
    work, named = split_flags(flags)
    check_device(work.device)
    session = open_session(GridFlags(**named), **work.places)
    staff = work.staff(session.materials.places)
    print_plan(session, screen, staff.workers or 1)
    warn_of_damage(session.store.damage)
    warn_of_shared_name(session.store.root, grid_file(session.grid))
    _refuse_gaps(session, require_all)
    check_store(session.store.root, space_needed(session.to_do(), session.materials, staff.workers or 1))
    try:
        # Twice: what can be known should be known before hours of looking at pictures.
        session = _buildable(session, screen)
        _refuse_gaps(session, require_all)
        session = _buildable(_prepared(session, screen), screen)
        _refuse_gaps(session, require_all)
        save_grid(session.store.root, grid_file(session.grid))
        describe_splits((job.spec for job in session.grid.jobs), session.materials, session.store)
        outcome = do_runs(session, (work, staff), screen, fail_fast=fail_fast)
    except KeyboardInterrupt:
        outcome = None
    if outcome is None or outcome.interrupted:
        again = "the same command with --rerun missing" if named["rerun"] == "all" else "the same command"
        screen.print(f"interrupted: {again} goes on where this stopped", style="yellow")
        context.exit(130)
    failed = _failed(session)
    _close(session, failed, outcome, screen)
    context.exit(1 if failed or _blocked(session) else 0)


def _refuse_gaps(session: Session, require_all: bool) -> None:
    from mnerbench.datasets.errors import MissingInputError

    if require_all and session.grid.not_run:
        reason = "--require-all: not every method of the suite can run; see the list above"
        raise MissingInputError(f"{reason}\n  -> get what it names, or leave --require-all out")


def _prepared(session: Session, screen: Console) -> Session:
    """The session after its visual inputs were made; runs whose inputs cannot be made are left out, and it says why."""
    from mnerbench.benchmark.resources.prepare_features import prepare

    jobs = [task.job for task in session.to_do()]
    return _without(session, prepare(session.grid, jobs, session.materials, screen), screen)


def _buildable(session: Session, screen: Console) -> Session:
    """The session without the methods that cannot be built, as far as that is known; says which, and why.

    Raises:
        MissingInputError: none is left.
    """
    from mnerbench.benchmark.execution.session import checked_builds

    return _without(session, checked_builds(session), screen)


def _without(session: Session, grid: Grid, screen: Console) -> Session:
    """The session with what is left of its grid; says what else cannot run.

    Raises:
        MissingInputError: nothing is left.
    """
    from dataclasses import replace

    from mnerbench.benchmark.cli.warnings import print_lacking
    from mnerbench.datasets.errors import MissingInputError

    print_lacking({row: needs for row, needs in grid.lacking.items() if needs != session.grid.lacking.get(row)}, screen)
    if not grid.jobs:
        raise MissingInputError("nothing of this suite can be run; see the list above\n  -> get what it names")
    return replace(session, grid=grid)


def _failed(session: Session) -> list[RunRecord]:
    """Failed runs of the grid, also those that failed earlier or in another process."""
    from mnerbench.benchmark.results.record import Status

    records = (session.store.record(identity) for identity in {job.spec.identity: None for job in session.grid.jobs})
    return [record for record in records if record is not None and record.status is Status.FAILED]


def _blocked(session: Session) -> bool:
    """Whether a run of the grid could not be done because of what is damaged in its folder."""
    store = session.store
    identities = {job.spec.identity for job in session.grid.jobs}
    return any(store.record(identity) is None and store.is_blocked(identity) for identity in identities)


def _close(session: Session, failed: list[RunRecord], outcome: Outcome, screen: Console) -> None:
    """Say what failed, print the leaderboard of this suite."""
    from mnerbench.benchmark.cli.report import show
    from mnerbench.reports.load import PageOptions

    for record in failed:
        message = record.error.message if record.error is not None else ""
        place = session.store.folder(record.identity) / "record.json"
        screen.print(
            f"failed: {record.spec.title}: {message}\n  -> {place} has the traceback; try again with --rerun failed",
            style="red",
            markup=False,
        )
    if outcome.left:
        screen.print(f"--fail-fast: {len(outcome.left)} runs were not done", style="yellow")
    options = PageOptions(session.materials.places.data, session.materials.places.cache)
    show(session.store, [session.grid.suite.name], session.grid.suite.baseline, options, screen)
