"""`benchmark run`: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import grid_options

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.cli.session import Session
    from mnerbench.benchmark.orchestrator import Outcome
    from mnerbench.benchmark.records import RunRecord


@click.command("run")
@grid_options
@click.option("--fail-fast", is_flag=True, help="Stop at the first run that fails.")
@click.option("--require-all", is_flag=True, help="Stop before training when a method of the suite cannot run.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--threads", type=click.IntRange(1), help="CPU threads of a run. CPU results repeat exactly at the same number."
)
@click.option("--deterministic", is_flag=True, help="Deterministic GPU kernels (slower).")
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(0),
    default=300.0,
    show_default=True,
    help="Seconds between checkpoints.",
)
@click.option("--mlflow/--no-mlflow", "mlflow", default=True, show_default=True, help="Log to MLflow.")
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    fail_fast: bool,
    require_all: bool,
    device: str,
    threads: int | None,
    deterministic: bool,
    checkpoint_every: float,
    mlflow: bool,
    **flags: Any,
) -> None:
    """Run what is missing of a suite, one record per run, then print the leaderboard.

    What is done is never done again; a killed run goes on from its last checkpoint. Exit code 1: a run failed;
    2: the input is wrong; 130: interrupted.
    """
    from mnerbench.benchmark.cli.flags import GridFlags
    from mnerbench.benchmark.cli.plan import print_plan
    from mnerbench.benchmark.cli.screen import console
    from mnerbench.benchmark.cli.session import grid_file, open_session
    from mnerbench.benchmark.describing import describe_splits
    from mnerbench.benchmark.device import check_device
    from mnerbench.benchmark.orchestrator import check_store
    from mnerbench.benchmark.requested import save_grid

    screen = console()
    check_device(device)
    session = open_session(
        GridFlags(**flags),
        device=device,
        threads=threads,
        deterministic=deterministic,
        checkpoint_seconds=checkpoint_every,
    )
    print_plan(session, screen)
    _refuse_gaps(session, require_all)
    check_store(session.store.root, _space(session))
    try:
        session = _prepared(session, screen)
        _refuse_gaps(session, require_all)
        save_grid(session.store.root, grid_file(session.grid))
        describe_splits((job.spec for job in session.grid.jobs), session.materials, session.store)
        outcome = _run(session, screen, fail_fast=fail_fast, mlflow=mlflow)
    except KeyboardInterrupt:
        again = "the same command with --rerun missing" if flags["rerun"] == "all" else "the same command"
        screen.print(f"interrupted: {again} goes on where this stopped", style="yellow")
        context.exit(130)
    failed = _failed(session)
    _close(session, failed, outcome, screen)
    context.exit(1 if failed else 0)


def _refuse_gaps(session: Session, require_all: bool) -> None:
    from mnerbench.datasets.errors import MissingInputError

    if require_all and session.grid.not_run:
        raise MissingInputError("--require-all: not every method of the suite can run; see the list above")


def _prepared(session: Session, screen: Console) -> Session:
    """The session after its visual inputs were made; runs whose inputs cannot be made are left out, and it says why."""
    from dataclasses import replace

    from mnerbench.benchmark.cli.plan import print_not_run
    from mnerbench.benchmark.orchestrator import to_do
    from mnerbench.benchmark.preparation import prepare
    from mnerbench.datasets.errors import MissingInputError

    jobs = [task.job for task in to_do(session.grid.jobs, session.store, session.rerun)]
    grid = prepare(session.grid, jobs, session.materials, screen)
    print_not_run({name: why for name, why in grid.not_run.items() if name not in session.grid.not_run}, screen)
    if not grid.jobs:
        raise MissingInputError("nothing of this suite can be run; see the list above")
    return replace(session, grid=grid)


def _failed(session: Session) -> list[RunRecord]:
    """Failed runs of the grid, also those that failed earlier or in another process."""
    from mnerbench.benchmark.records import Status

    records = (session.store.record(identity) for identity in {job.spec.identity: None for job in session.grid.jobs})
    return [record for record in records if record is not None and record.status is Status.FAILED]


def _space(session: Session) -> int:
    """Bytes a run may need at one time: weights, two moments and best weights, in the old checkpoint and the new."""
    from mnerbench.benchmark.orchestrator import to_do

    tasks = to_do(session.grid.jobs, session.store, session.rerun)
    names = {task.job.encoder for task in tasks if task.job.encoder is not None}
    folders = [session.materials.encoder(name).folder for name in names]
    weights = [
        p.stat().st_size for f in folders if f is not None for p in f.glob("*") if p.suffix in {".safetensors", ".bin"}
    ]
    return 8 * sum(weights) + (100_000_000 if tasks else 1_000_000)


def _run(session: Session, screen: Console, *, fail_fast: bool, mlflow: bool) -> Outcome:
    from contextlib import nullcontext

    from mnerbench.benchmark.orchestrator import run_tasks, to_do
    from mnerbench.benchmark.preparation import with_earlier_tests
    from mnerbench.benchmark.progress import Screen
    from mnerbench.benchmark.run import execute
    from mnerbench.benchmark.tallies import TallyStore
    from mnerbench.benchmark.tracking import track, tracker, tracking_uri

    todo = to_do(session.grid.jobs, session.store, session.rerun)
    root, tallies = session.store.root, TallyStore(session.store)
    quiet_transformers()
    with (
        tracker(root, session.grid.suite.name) if mlflow and todo else nullcontext(None) as tracking,
        Screen(screen, len(todo)) as display,
    ):

        def run_one(job: Any) -> Any:
            earlier = session.store.record(job.spec.identity)
            record = execute(with_earlier_tests(job, earlier, session.materials), session.materials, display)
            tallies.keep(record)
            track(tracking, record, session.store, tracking_uri(root))
            return record

        return run_tasks(todo, session.store, session.rerun, run_one, fail_fast=fail_fast)


def quiet_transformers() -> None:
    """Its bars and hints would tear ours; its errors still show."""
    import os

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")


def _close(session: Session, failed: list[RunRecord], outcome: Outcome, screen: Console) -> None:
    """Say what failed, print the leaderboard of this suite."""
    from mnerbench.benchmark.cli.report import show
    from mnerbench.benchmark.cli.report_pages import PageOptions

    for record in failed:
        message = record.error.message if record.error is not None else ""
        place = session.store.folder(record.identity) / "record.json"
        screen.print(
            f"failed: {record.spec.title}: {message}\n  -> {place} has the traceback; try again with --rerun failed",
            style="red",
            markup=False,
        )
    if outcome.left:
        screen.print(f"--fail-fast: {len(outcome.left)} runs were not started", style="yellow")
    options = PageOptions(session.materials.places.data, session.materials.places.cache)
    show(session.store, [session.grid.suite.name], session.grid.suite.baseline, options, screen)
