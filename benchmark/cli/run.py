"""`benchmark run`: executes the missing runs of a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.execution_options import execution_options, split_flags
from mnerbench.benchmark.cli.options import grid_options
from mnerbench.benchmark.cli.verb import Verb

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.execution.orchestrator import Outcome
    from mnerbench.benchmark.execution.session import Session
    from mnerbench.benchmark.results.record import RunRecord


@click.command("run", cls=Verb)
@grid_options
@execution_options
@click.option(
    "--keep",
    type=click.Choice(["best", "all", "none"]),
    default="best",
    show_default=True,
    help="Trained taggers to keep: of each method the best seed on dev, those of all runs, or none (docs/tagging.md).",
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first failed run.")
@click.option("--require-all", is_flag=True, help="Stop before training if a method of the suite cannot run.")
@click.pass_context
def command(context: click.Context, /, *, keep: str, fail_fast: bool, require_all: bool, **flags: Any) -> None:
    """Execute the missing runs of a suite, one record per run, then print the leaderboard.

    Finished runs are not repeated; a killed run resumes from its last checkpoint. Ctrl-C stops after the current step
    and saves a checkpoint; a second one stops at once.

    Exit code 1: a run failed, a language model gave no answers, or a record is damaged and may not be replaced; 2:
    invalid input, or a full disk; 130: interrupted.
    """
    from mnerbench.benchmark.api.grid_run import blocked_runs, failed_runs, run_grid, unfinished_runs
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.results.taggers import Keep

    screen, flag = console(), Keep(keep)
    execution, grid_flags = split_flags(flags)
    done = run_grid(GridFlags(**grid_flags), execution, screen, keep=flag, fail_fast=fail_fast, require_all=require_all)
    if done.outcome is None or done.interrupted:
        command_line = "the same command with --rerun missing" if grid_flags["rerun"] == "all" else "the same command"
        screen.print(f"interrupted: to resume, run {command_line}", style="yellow")
        context.exit(130)
    failed, unfinished = failed_runs(done.session), unfinished_runs(done.session, done.outcome)
    _print_results(done.session, failed, unfinished, done.outcome, screen)
    context.exit(1 if failed or unfinished or blocked_runs(done.session) else 0)


def _print_results(
    session: Session, failed: list[RunRecord], unfinished: list[RunRecord], outcome: Outcome, screen: Console
) -> None:
    """Print the failed and the unfinished runs, and the leaderboard of this suite."""
    from mnerbench.benchmark.cli.report import show
    from mnerbench.reports.load import PageOptions

    for record in failed:
        message = record.error.message if record.error is not None else ""
        path = session.store.folder(record.identity) / "record.json"
        screen.print(
            f"failed: {record.spec.title}: {message}\n  -> {path} has the traceback; try again with --rerun failed",
            style="red",
            markup=False,
        )
    for record in unfinished:
        message = record.error.message if record.error is not None else ""
        screen.print(f"not finished: {record.spec.title}: {message}", style="yellow", markup=False)
    if len(outcome.left) > len(unfinished):
        screen.print(f"--fail-fast: {len(outcome.left) - len(unfinished)} runs were not executed", style="yellow")
    options = PageOptions(session.resources.paths.data, session.resources.paths.cache)
    show(session.store, [session.grid.suite.name], session.grid.suite.baseline, options, screen)
