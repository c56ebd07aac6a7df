"""`benchmark tune`: a search of equal budget for each method."""

from __future__ import annotations

from typing import Any

import click

from mnerbench.benchmark.cli.grid_options import some_grid_options
from mnerbench.benchmark.cli.run_options import split_flags, work_options

_UNSET = {"seeds": None, "train_tweets": None, "rerun": "missing"}
_SEED = 1000  # not one that suites report, so that settings are not picked for its luck


@click.command("tune")
@click.option(
    "--method", "--methods", "methods", metavar="A,B", help="Methods to search; default: all of the suite that train."
)
@click.option(
    "--trials",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="Trials of each method, in all.",
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
    "wishes",
    multiple=True,
    metavar="METHOD.KEY=WHERE",
    help="Where to look, over what `show` says: maf.temperature=0.02..0.5:log, training.batch_size=8,16. Repeatable.",
)
@click.option(
    "--storage",
    metavar="URL",
    help="A database of Optuna's, for machines without a shared disk.  [default: a journal file in the results folder]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=_SEED,
    show_default=True,
    help="Of every trial's training.",
)
@work_options
@click.pass_context
def command(
    context: click.Context, /, *, trials: int, wishes: tuple[str, ...], storage: str | None, seed: int, **flags: Any
) -> None:
    """Search the settings of methods on dev, each with as many trials, and write the best as a suite for `run`.

    Test is never read. The first trial is the suite's own setting. What is done is never done again: the same command
    goes on where it stopped, a larger --trials adds to it. Exit codes are those of `run`.
    """
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.contests import open_searches
    from mnerbench.benchmark.cli.trials import do_trials
    from mnerbench.benchmark.planning.overrides import GridFlags
    from mnerbench.benchmark.planning.suite import load_suite
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.reports.render.search_sections import search_sections
    from mnerbench.reports.render.terminal import print_section

    work, named = split_flags(flags)
    check_device(work.device)
    screen = console()
    given = GridFlags(**{**_UNSET, **named})
    contests = open_searches(given, work, wishes, (storage, trials, seed), screen)
    try:
        with contests.processes:
            found = do_trials(contests, work, screen)
    except KeyboardInterrupt:
        found = None
    if found is None:
        screen.print("interrupted: the same command goes on where this stopped", style="yellow")
        context.exit(130)
    results, files, failed = found
    for section in search_sections([results]):
        print_section(section, screen)
    for path in files:
        screen.print(f"the best of each: benchmark run --suite {path}", markup=False)
        baseline = contests.suite.baseline
        if baseline is not None and baseline not in load_suite(str(path)).all_names:
            screen.print(
                f"  the baseline {baseline} is not in it: search it as long, by --method {baseline}",
                markup=False,
                style="yellow",
            )
    context.exit(1 if failed else 0)
