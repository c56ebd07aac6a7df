"""Options that several verbs share, each in one place: the same name, the same help, the same default."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import click


class OutputFormat(StrEnum):
    """How a verb prints its answer."""

    TABLE = "table"
    JSON = "json"


class PossiblePath(click.Path):
    """A path that a file can have; click's own type ends in a traceback at a NUL or at a name of 256 bytes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check and convert what was typed.

        Raises:
            ConfigError: no file can be called so.
        """
        from mnerbench.datasets.untrusted.names import require_possible

        require_possible(str(value), param.opts[0] if isinstance(param, click.Option) else "the path")
        return super().convert(value, param, ctx)


class FiniteRange(click.FloatRange):
    """A number between two others; click takes `nan` for one that is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check and convert what was typed."""
        number = super().convert(value, param, ctx)
        if number is not None and not math.isfinite(number):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return number


data_option = click.option(
    "--data",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder that holds one folder per dataset.  [default: MNERBENCH_DATA, else the user's data folder]",
)

format_option = click.option(
    "--format",
    "output_format",
    type=click.Choice([choice.value for choice in OutputFormat]),
    default=OutputFormat.TABLE.value,
    show_default=True,
    help="A table for people or JSON for programs.",
)

out_option = click.option(
    "--out",
    type=PossiblePath(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    metavar="DIR",
    help="Results folder.",
)

models_option = click.option(
    "--models",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of pretrained models, looked at before cache and hub.  [default: MNERBENCH_MODELS]",
)

cache_option = click.option(
    "--cache",
    type=PossiblePath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of features, made once and shared.  [default: MNERBENCH_CACHE, else the user's cache]",
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
        help="A shipped suite, or the path of a suite file.  [default: `default`, on --datasets]",
    ),
    "methods": click.option("--methods", metavar="A,B", help="Only these methods."),
    "datasets": click.option("--datasets", metavar="A,B", help="These datasets instead of the suite's."),
    "seeds": click.option("--seeds", metavar="N | 3,5,8", help="Number of seeds (0 to N-1), or a list of them."),
    "encoder": click.option(
        "--encoder",
        metavar="NAME | DIR | NAME=DIR",
        help="Text encoder: `scratch`, a folder, or a name (see list encoders); NAME=DIR names a folder in tables.",
    ),
    "trust_remote_code": click.option(
        "--trust-remote-code",
        is_flag=True,
        help="Run the Python files that come with the encoder, with all your rights. Read them before.",
    ),
    "word_vectors": click.option(
        "--word-vectors",
        metavar="FILE",
        help="Vectors for methods over words, as GloVe or word2vec text; `random` for none.",
    ),
    "protocol": click.option(
        "--protocol",
        type=click.Choice(["equal", "paper"]),
        help="Training settings: the suite's for all, or each paper's.",
    ),
    "inputs": input_option,
    "hide_pictures": click.option(
        "--hide-pictures",
        type=FiniteRange(0, 1),
        metavar="SHARE",
        help="Train with the pictures of this share of tweets hidden.",
    ),
    "train_tweets": click.option(
        "--train-tweets",
        metavar="N,M,all",
        help="Sizes of the training set, each a grid of its own; a larger one holds the smaller ones of its seed.",
    ),
    "settings": click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="METHOD.KEY=VALUE",
        help="A method setting, or training.KEY=VALUE. Repeatable.",
    ),
    "baseline": click.option("--baseline", metavar="METHOD", help="What differences and tests are against."),
    "data": data_option,
    "models": models_option,
    "cache": cache_option,
    "out": out_option,
    "rerun": click.option(
        "--rerun",
        type=click.Choice(["missing", "failed", "stale", "all"]),
        default="missing",
        show_default=True,
        help="Which runs to do: missing ones; also failed, or also stale ones (computed by other code than is "
        "installed); all.",
    ),
}


def grid_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which `plan` and `run` name the same grid."""
    return some_grid_options(*_GRID)(function)


def some_grid_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Those of them with these names."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            function = _GRID[name](function)
        return function

    return decorate
