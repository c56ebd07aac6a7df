"""Selects the suite of a command line: the named one, or the default suite on the named datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from mnerbench.benchmark.planning.suite import Suite, load_suite, suite_names
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.catalog.listing import dataset_rows
from mnerbench.datasets.errors import ConfigError, MissingInputError, near, with_remedies
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.methods.registry import methods

# Used if datasets are named but no suite is.
DEFAULT = "default"
_LONGEST = 80  # characters of joined dataset names; a suite's name is also a file name
_NAMED = 8  # datasets listed in a message


def select_suite(name: str | None, datasets: str | None, data: Path) -> Suite:
    """The suite of a command line.

    Args:
        name: `--suite`, or None.
        datasets: `--datasets`, or None.
        data: the data folder, to list its datasets in messages.

    Raises:
        ConfigError: Neither is given, or there is no such suite.
    """
    if name is None and datasets is None:
        raise ConfigError(
            with_remedies(
                "nothing to run: neither --suite nor --datasets is given",
                [
                    f"--suite NAME: {', '.join(_general_suites())}; `benchmark list suites` also lists those of papers",
                    f"--datasets NAME runs the suite `{DEFAULT}` on it; {datasets_here(data)}",
                ],
            )
        )
    name = DEFAULT if name is None else name
    if not name.endswith(".toml") and name not in suite_names():
        raise _unknown_suite(name, data)
    return load_suite(name)


def name_after_data(suite: Suite, datasets: Sequence[str], data: Path) -> dict[str, str]:
    """Name and title, as changes, for a suite whose file names no datasets; no changes for any other suite.

    Args:
        suite: the suite as loaded from its file.
        datasets: the datasets of the command line.
        data: the data folder, to list its datasets in messages.

    Raises:
        ConfigError: Neither names datasets, or a dataset is unknown.
    """
    if suite.datasets:
        return {}
    if not datasets:
        raise ConfigError(f"suite {suite.name!r} names no datasets\n  -> --datasets NAME; {datasets_here(data)}")
    for name in datasets:
        with suppress(MissingInputError):  # reported later, with everything else that is missing
            load_card(name, data)
    return {"name": f"{suite.name}/{_joined(datasets)}", "title": f"{', '.join(datasets)}: {suite.title}"}


def datasets_here(data: Path) -> str:
    """The datasets in a data folder, as part of a message."""
    names = [row.name for row in dataset_rows(data) if row.here and row.folder != "generated"]
    if not names:
        return f"there are none in {data} yet: `benchmark data get twitter15`, or --data DIR"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"in {data}: {', '.join(names[:_NAMED])}{more}"


def _joined(datasets: Sequence[str]) -> str:
    whole = "+".join(datasets)
    if len(whole) <= _LONGEST:
        return whole
    return f"{datasets[0]}+{len(datasets) - 1}-more-{hashlib.sha256(whole.encode()).hexdigest()[:6]}"


def _general_suites() -> list[str]:
    """The shipped suites that do not reproduce a paper."""
    return [name for name in suite_names() if "/" not in name and name != DEFAULT]


def _unknown_suite(name: str, data: Path) -> ConfigError:
    """The error for an unknown suite; says how to run a method or dataset of that name."""
    close = near(name, suite_names())
    nearest = (
        "; did you mean " + " or ".join(map(repr, close)) + "?" if close else f"; valid: {', '.join(_general_suites())}"
    )
    ways = [f"--suite {suite}" for suite in close]
    entries = [entry.name for entry in methods()]
    ways += [
        f"the method {method}: --suite twitter15 --methods {method}, or --datasets NAME --methods {method}"
        for method in near(name, entries)[:1]
        if not close or method == name
    ]
    ways += [f"the dataset {card}: --datasets {card}" for card in near(name, card_names(data))[:1] if not close]
    ways.append("`benchmark list suites`, or the path of a suite file (*.toml)")
    return ConfigError(with_remedies(f"no suite {quoted(name)}{nearest}", ways))
