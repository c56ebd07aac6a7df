"""Options that several verbs share, with the same name, help and default everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import click


class OutputFormat(StrEnum):
    """Output format of a verb."""

    TABLE = "table"
    JSON = "json"


class PossiblePath(click.Path):
    """A path that a file can have; click's own type raises a traceback for a NUL or a name of 256 bytes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check and convert the value.

        Raises:
            ConfigError: no file can have this name.
        """
        from mnerbench.datasets.untrusted.names import require_possible

        require_possible(str(value), param.opts[0] if isinstance(param, click.Option) else "the path")
        return super().convert(value, param, ctx)


class FiniteRange(click.FloatRange):
    """A finite number in a range; click's own type accepts `nan`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check and convert the value."""
        number = super().convert(value, param, ctx)
        if number is not None and not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


data_option = click.option(
    "--data",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder with one subfolder per dataset.  [default: MNERBENCH_DATA, else the user's data folder]",
)

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice([choice.value for choice in OutputFormat]),
    default=OutputFormat.TABLE.value,
    show_default=True,
    help="A table, or JSON for programs.",
)

out_option = click.option(
    "--out",
    type=PossiblePath(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    metavar="DIR",
    help="Results folder.",
)

margin_option = click.option(
    "--margin",
    type=FiniteRange(0, 100, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    metavar="POINTS",
    callback=lambda _context, _parameter, points: points / 100,
    help="Largest difference in F1 that is irrelevant: methods whose difference is surely smaller are equivalent.",
)

models_option = click.option(
    "--models",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of pretrained models, searched before the Hugging Face cache and hub.  [default: MNERBENCH_MODELS]",
)

cache_option = click.option(
    "--cache",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of extracted features, shared by all runs.  [default: MNERBENCH_CACHE, else the user's cache]",
)

input_option = click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="KIND=SOURCE",
    help="Source of a visual input: captions=blip2, grid=resnet152@weights=FILE, grid=FILE.npz, 'ocr=file|tesseract'. "
    "Repeatable.",
)

_GRID = {
    "suite_name": click.option(
        "--suite",
        "suite_name",
        metavar="NAME | FILE",
        help="Name of a shipped suite, or path of a suite file.  [default: `default`, on --datasets]",
    ),
    "methods": click.option("--methods", metavar="A,B", help="Only these methods."),
    "datasets": click.option("--datasets", metavar="A,B", help="Use these datasets instead of the suite's."),
    "seeds": click.option("--seeds", metavar="N | 3,5,8", help="Number of seeds (0 to N-1), or a list of seeds."),
    "encoder": click.option(
        "--encoder",
        metavar="NAME | DIR | NAME=DIR",
        help="Text encoder: `scratch`, a folder, or a name (see `list encoders`); NAME=DIR names a folder in tables.",
    ),
    "trust_remote_code": click.option(
        "--trust-remote-code",
        is_flag=True,
        help="Run the Python files that come with the encoder, with your permissions. Read them first.",
    ),
    "word_vectors": click.option(
        "--word-vectors",
        metavar="FILE",
        help="Word vectors in GloVe or word2vec text format; `random`: random ones, for methods without an encoder.",
    ),
    "protocol": click.option(
        "--protocol",
        type=click.Choice(["equal", "paper"]),
        help="Training settings: the suite's for all methods, or those of each method's paper.",
    ),
    "precision": click.option(
        "--precision",
        type=click.Choice(["fp32", "bf16", "auto"]),
        help="Arithmetic of training and evaluation; `auto`: what is faster on this machine, measured once.",
    ),
    "inputs": input_option,
    "hide_pictures": click.option(
        "--hide-pictures",
        type=FiniteRange(0, 1),
        metavar="SHARE",
        help="Fraction of training tweets whose pictures are hidden.",
    ),
    "train_tweets": click.option(
        "--train-tweets",
        metavar="N,M,all",
        help="Training set sizes, each a separate grid; for one seed, larger subsets contain the smaller ones.",
    ),
    "limit_test": click.option(
        "--limit-test",
        metavar="N",
        help="Partial runs, neither ranked nor judged: score at most N tweets of dev and of test, the same for all "
        "methods. `all`: the whole splits.",
    ),
    "diagnosis": click.option(
        "--diagnosis/--no-diagnosis",
        "diagnosis",
        default=None,
        help="With --no-diagnosis partial runs, neither ranked nor judged: only each method's main view, nothing about "
        "its use of pictures. The same command without it adds the rest.  [default: --diagnosis]",
    ),
    "settings": click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="METHOD.KEY=VALUE",
        help="Set a method's setting, or a training setting by training.KEY=VALUE. Repeatable.",
    ),
    "baseline": click.option(
        "--baseline", metavar="METHOD", help="Method that differences and significance tests compare with."
    ),
    "data": data_option,
    "models": models_option,
    "cache": cache_option,
    "out": out_option,
    "rerun": click.option(
        "--rerun",
        type=click.Choice(["missing", "failed", "stale", "all"]),
        default="missing",
        show_default=True,
        help="Runs to execute: missing ones; also failed ones; also stale ones (computed by other code than is "
        "installed); or all.",
    ),
}


def grid_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options by which `plan` and `run` name the same grid."""
    return some_grid_options(*_GRID)(function)


def some_grid_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the grid options with these names."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = _GRID[name](function)
        return function

    return decorate
