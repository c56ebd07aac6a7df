"""`benchmark tune`: searches the settings of methods with equal budgets."""

from __future__ import annotations

from typing import Any

import click

from mnerbench.benchmark.cli.grid_options import some_grid_options
from mnerbench.benchmark.cli.run_options import split_flags, work_options

_UNSET = {"seeds": None, "train_tweets": None, "rerun": "missing"}
_SEED = 1000  # unused by suites, so that settings are not selected for a reported seed


@click.command("tune")
@click.option(
    "--method",
    "--methods",
    "methods",
    metavar="A,B",
    help="Methods to search.  [default: all trained methods of the suite]",
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
@work_options
@click.pass_context
def command(
    context: click.Context, /, *, trials: int, overrides: tuple[str, ...], storage: str | None, seed: int, **flags: Any
) -> None:
    """Search the settings of each method on dev with the same number of trials; write the best ones as a suite.

    Test is never read. The first trial uses the settings of the suite. Finished trials are not repeated: the same
    command resumes the search, and a larger --trials extends it. Exit codes are those of `run`.
    """
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.contests import open_searches
    from mnerbench.benchmark.cli.trials import execute_trials
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.planning.suite import load_suite
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.reports.render.search_sections import search_sections
    from mnerbench.reports.render.terminal import print_section

    work, grid_flags = split_flags(flags)
    check_device(work.device)
    screen = console()
    searches = open_searches(GridFlags(**{**_UNSET, **grid_flags}), work, overrides, (storage, trials, seed), screen)
    try:
        with searches.processes:
            outcome = execute_trials(searches, work, screen)
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
        baseline = searches.suite.baseline
        if baseline is not None and baseline not in load_suite(str(path)).all_names:
            screen.print(
                f"  the baseline {baseline} is not in it: search it with the same budget by --method {baseline}",
                markup=False,
                style="yellow",
            )
    context.exit(1 if failed else 0)
