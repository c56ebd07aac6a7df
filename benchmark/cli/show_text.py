"""Prints the description of a method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_COUPLES_TWEETS = "the loss compares the tweets of a batch with each other, so the batch size is part of the method"


def print_method(facts: Mapping[str, Any], screen: Console) -> None:
    """Print the description of a method, the most important parts first."""
    screen.print(Text.assemble((facts["method"], "bold"), f": {facts['summary']}"))
    screen.print(Text(facts["citation"], style="dim"))
    _named(
        screen,
        [
            ("reads", ", ".join(facts["inputs"])),
            *(
                [("from", ", ".join(f"{kind}: {source}" for kind, source in facts["sources"].items()))]
                * bool(facts["sources"])
            ),
            ("trained in", ", ".join(facts["trained_in"])),
            ("scored in", ", ".join(facts["scored_in"])),
            *([("note", _COUPLES_TWEETS)] if facts["couples_tweets"] else []),
        ],
    )
    _heading(screen, "Variants")
    _named(screen, facts["variants"].items())
    if facts["settings"]:
        _heading(screen, f"Settings of {facts['method']}; change one with --set {facts['method']}.NAME=VALUE")
        _settings(screen, facts["settings"])
    if facts["profiles"]:
        _heading(screen, f"Profiles; --set {facts['method']}.profile=NAME")
        _named(screen, ((name, _pairs(settings)) for name, settings in facts["profiles"].items()))
    if facts["search"]:
        _heading(
            screen, "Search space of `tune`, besides learning rates; change it with --search METHOD.NAME=LOW..HIGH"
        )
        _named(screen, facts["search"].items())
    if facts["paper_training"]:
        _heading(screen, "Training in the paper; --protocol paper")
        screen.print(Text(_pairs(facts["paper_training"])))
    if facts["parameters"]:
        _parameters(screen, facts)
    if facts["deviations"]:
        _heading(screen, "Deviations from the paper, and choices that the paper leaves open")
        _named(screen, (("-", text) for text in facts["deviations"]))


def _parameters(screen: Console, facts: Mapping[str, Any]) -> None:
    counts = facts["parameters"]
    _heading(screen, f"Parameters with {counts['with']} and four entity types in BIO")
    network = f"picture network ({counts['pictures by']})"
    rows = [
        (network if name == "picture network" else name, value)
        for name, value in counts.items()
        if value and not isinstance(value, str)
    ]
    # Without a picture network or a pooler, papers count exactly the used parameters.
    if not counts["picture network"] and not counts["unused pooler"]:
        rows = [row for row in rows if row[0] != "as papers count"]
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right")
    for name, value in rows:
        style = "bold" if name.startswith("used") or name == "as papers count" else ""
        grid.add_row(Text(name, style=style), Text(f"{value:,}", style=style))
    screen.print(grid)
    if facts["published_parameters"]:
        screen.print(Text(facts["published_parameters"]))


def _heading(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Text(text, style="bold"))


def _settings(screen: Console, settings: Iterable[Mapping[str, Any]]) -> None:
    rows = list(settings)
    varied = any(setting["value"] != setting["default"] for setting in rows)  # by this variant
    table = Table("setting", "value", *["default"] * varied, "meaning", box=SIMPLE_HEAD, padding=(0, 1))
    for setting in rows:
        default = "" if setting["value"] == setting["default"] else _plain(setting["default"])
        cells = (setting["name"], _plain(setting["value"]), *[default] * varied, setting["meaning"])
        table.add_row(*map(Text, cells))
    screen.print(table)


def _named(screen: Console, pairs: Iterable[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in pairs:
        grid.add_row(Text(name), Text(text))
    screen.print(grid)


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
