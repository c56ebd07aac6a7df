"""The execution flags of `run` and `tune`: device, workers, checkpoints, timeout, MLflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from mnerbench.benchmark.cli.options import FiniteRange, PossiblePath
from mnerbench.benchmark.execution.flags import ExecutionFlags


def split_flags(flags: dict[str, Any]) -> tuple[ExecutionFlags, dict[str, Any]]:
    """Split keyword arguments into the execution flags and all others."""
    execution = {field.name: flags[field.name] for field in fields(ExecutionFlags)}
    return ExecutionFlags(**execution), {name: value for name, value in flags.items() if name not in execution}


prices_option = click.option(
    "--prices",
    type=PossiblePath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Language models: TOML file of prices per million tokens.",
)
_EXECUTION = (
    click.option("--device", default="auto", show_default=True, help="Device: auto, cpu, cuda, cuda:1, ..."),
    click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="Number of worker processes, each with one run at a time.  [default: 1]",
    ),
    click.option(
        "--per-gpu",
        type=click.IntRange(1, 1024),
        metavar="K",
        help="Workers per GPU.  [default: distributed evenly]",
    ),
    click.option(
        "--executor",
        type=click.Choice(["inline", "processes", "ray"]),
        help="Execute runs in this process, in worker processes or on a Ray cluster.  [default: processes if there are "
        "several workers]",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1, 1024),
        metavar="N",
        help="CPU threads per run; results on a CPU are reproducible only for the same number.  [default: all cores, "
        "divided among workers]",
    ),
    click.option("--deterministic", is_flag=True, help="Use deterministic GPU kernels (slower)."),
    click.option(
        "--checkpoint-every",
        type=FiniteRange(0, 1e9),
        default=300.0,
        show_default=True,
        help="Seconds between checkpoints.",
    ),
    click.option(
        "--timeout",
        type=FiniteRange(0, 1e9),
        metavar="MINUTES",
        help="Kill and fail a run in a worker that makes no progress for this long; 0 for never.  [default: 30]",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 1024),
        default=8,
        show_default=True,
        metavar="N",
        help="Language models: requests at a time.",
    ),
    click.option(
        "--per-minute",
        type=FiniteRange(0.01, 1e9),
        metavar="N",
        help="Language models: most requests per minute and run.  [default: no limit]",
    ),
    click.option(
        "--answer-timeout",
        type=FiniteRange(0, 1e6, min_open=True),
        default=120.0,
        show_default=True,
        metavar="SECONDS",
        help="Language models: longest wait for a reply.",
    ),
    click.option(
        "--recall-tweets",
        type=click.IntRange(0, 100_000),
        default=100,
        show_default=True,
        metavar="N",
        help="Language models: number of test tweets whose second half is asked for, to see whether the model has read "
        "them.",
    ),
    click.option(
        "--budget",
        multiple=True,
        metavar="UNIT=N",
        help="Language models: most that this results folder may pay for: requests=2000, tokens=1e6, money=5 (with "
        "--prices). One of each unit.",
    ),
    prices_option,
    click.option("--mlflow/--no-mlflow", "mlflow", default=True, show_default=True, help="Log to MLflow."),
)


def execution_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the execution options."""
    for option in reversed(_EXECUTION):
        function = option(function)
    return function
