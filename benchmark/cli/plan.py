"""`benchmark plan`: the runs that `run` would execute."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.execution_options import prices_option
from mnerbench.benchmark.cli.options import OutputFormat, format_option, grid_options
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_json

if TYPE_CHECKING:
    from mnerbench.benchmark.execution.session import Session


@click.command("plan", cls=Verb)
@grid_options
@click.option("--check", is_flag=True, help="Also build every method once, as `run` does before training.")
@prices_option
@format_option
def command(output_format: str, *, check: bool, prices: Path | None, **flags: Any) -> None:
    """Show what `run` would do with the same flags: runs, settings, time, and which runs are impossible and why."""
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.display.plan_table import print_plan
    from mnerbench.benchmark.display.warnings import warn_of_damage, warn_of_stored_suite
    from mnerbench.benchmark.execution.session import buildable_grid, open_session, suite_manifest
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.datasets.chat.budget import read_prices
    from mnerbench.datasets.chat.settings import ChatSettings

    chat = {"chat": ChatSettings(prices=read_prices(prices))} if prices is not None else {}
    session = open_session(GridFlags(**flags), **chat)
    if check:
        session = replace(session, grid=buildable_grid(session))
    if output_format == OutputFormat.JSON.value:
        say_json(as_data(session))
    else:
        print_plan(session, console())
    warn_of_damage(session.store.damage)
    warn_of_stored_suite(session.store.root, suite_manifest(session.grid))


def as_data(session: Session) -> dict[str, Any]:
    """Convert the plan to JSON data; `code` is `installed`, `other` or `unknown`, and null for unfinished runs."""
    from mnerbench.benchmark.display.warnings import planned_runs
    from mnerbench.benchmark.resources.asking_estimate import estimate_asking

    pending = {job.spec.identity for job in session.to_do()}
    codes = {identity: run.state.value for identity, run in planned_runs(session).items()}
    return {
        "suite": session.grid.suite.model_dump(mode="json"),
        "runs": [
            {"identity": job.spec.identity, "to_do": job.spec.identity in pending, "code": codes.get(job.spec.identity)}
            | job.spec.model_dump(mode="json")
            for job in session.grid.jobs
        ],
        "asking": [asdict(item) for item in estimate_asking(session.to_do(), session.resources)],
        "not_run": session.grid.not_run,
        "needs": {name: [asdict(need) for need in needs] for name, needs in session.grid.lacking.items()},
    }
