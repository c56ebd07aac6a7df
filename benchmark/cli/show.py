"""`benchmark show`: inputs, settings, deviations and size of a method."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnerbench.benchmark.cli.options import OutputFormat, format_option, models_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_json

if TYPE_CHECKING:
    from mnerbench.methods.registry import Entry

_COUPLES_TWEETS = "the loss compares the tweets of a batch with each other, so the batch size is part of the method"


@click.command("show", cls=Verb)
@click.argument("name", metavar="METHOD")
@click.option(
    "--encoder",
    default="bert-base-cased",
    show_default=True,
    metavar="NAME | DIR",
    help="Text encoder for the parameter counts; its weights are not needed.",
)
@models_option
@format_option
def command(*, name: str, encoder: str, models: Path | None, output_format: str) -> None:
    """Show a method: inputs, variants, settings, deviations from its paper, and size."""
    from mnerbench.benchmark.display.console import console
    from mnerbench.methods.registry import methods

    facts = describe(methods()[name], encoder, models)
    if output_format == OutputFormat.JSON.value:
        say_json(facts)
    else:
        print_method(facts, console())


def describe(entry: Entry, encoder: str, models: Path | None) -> dict[str, Any]:
    """Describe a variant and its family as data.

    Raises:
        MissingInputError: the encoder is not on this machine and its size is unknown.
    """
    from pydantic_core import to_jsonable_python

    family, config = entry.family, entry.configure({})
    values = config.model_dump(mode="json")
    fields = type(config).model_fields
    return {
        "method": entry.name,
        "summary": entry.variant.summary,
        "citation": family.citation,
        "inputs": ["tweet", *["word vectors"] * config.reads_word_vectors, *(kind.value for kind in config.inputs)],
        "sources": {kind.value: source for kind, source in entry.variant.sources.items()},
        "trained_in": [view.value for view in config.training_views] if not family.is_prompted else [],
        "scored_in": [view.value for view in config.evaluation_views],
        "couples_tweets": config.couples_tweets,
        "variants": {name: variant.summary for name, variant in family.variants.items()},
        "settings": [
            {
                "name": name,
                "value": values[name],
                "default": to_jsonable_python(field.get_default(call_default_factory=True)),
                "meaning": field.description or "",
            }
            for name, field in fields.items()
        ],
        "profiles": {name: dict(settings) for name, settings in family.profiles.items()},
        "search": {
            key: str(domain)
            for key, domain in family.search.items()
            if key not in {*entry.variant.settings, *config.inactive_settings}
        },
        "paper_training": dict(family.paper_training),
        "deviations": list(family.deviations),
        "parameters": _parameter_counts(entry, encoder, models) if family.is_trained else {},
        "published_parameters": family.published_parameters,
    }


def _parameter_counts(entry: Entry, encoder: str, models: Path | None) -> dict[str, Any]:
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.training.parameter_counts import sizes

    quiet_transformers()
    counts = sizes(entry, encoder, models)
    if not counts.encoder:
        encoder = "word vectors (not counted: one per word of the training set)"
    elif counts.word_width:
        encoder += f", word vectors of width {counts.word_width} (fixed, not counted)"
    return {
        "with": encoder,
        "pictures by": counts.network if counts.pictures else "",
        "text encoder": counts.encoder,
        "new layers": counts.new,
        "CRF": counts.crf,
        "used": counts.used,
        "used, with the used part of the picture network": counts.used_with_pictures if counts.pictures else 0,
        "unused pooler": counts.pooler,
        "picture network": counts.pictures,
        "as papers count": counts.as_papers_count,
    }


def print_method(facts: Mapping[str, Any], screen: Console) -> None:
    """Print the description of a method, the most important parts first."""
    screen.print(Text.assemble((facts["method"], "bold"), f": {facts['summary']}"))
    screen.print(Text(facts["citation"], style="dim"))
    _print_pairs(
        screen,
        [
            ("reads", ", ".join(facts["inputs"])),
            *(
                [("from", ", ".join(f"{kind}: {source}" for kind, source in facts["sources"].items()))]
                * bool(facts["sources"])
            ),
            *([("trained in", ", ".join(facts["trained_in"]))] if facts["trained_in"] else []),
            ("scored in", ", ".join(facts["scored_in"])),
            *([("note", _COUPLES_TWEETS)] if facts["couples_tweets"] else []),
        ],
    )
    _print_heading(screen, "Variants")
    _print_pairs(screen, facts["variants"].items())
    if facts["settings"]:
        _print_heading(screen, f"Settings of {facts['method']}; change one with --set {facts['method']}.NAME=VALUE")
        _print_settings(screen, facts["settings"])
    if facts["profiles"]:
        _print_heading(screen, f"Profiles; --set {facts['method']}.profile=NAME")
        _print_pairs(screen, ((name, _joined(settings)) for name, settings in facts["profiles"].items()))
    if facts["search"]:
        _print_heading(
            screen, "Search space of `tune`, besides learning rates; change it with --search METHOD.NAME=LOW..HIGH"
        )
        _print_pairs(screen, facts["search"].items())
    if facts["paper_training"]:
        _print_heading(screen, "Training in the paper; --protocol paper")
        screen.print(Text(_joined(facts["paper_training"])))
    if facts["parameters"]:
        _print_parameters(screen, facts)
    if facts["deviations"]:
        _print_heading(screen, "Deviations from the paper, and choices that the paper leaves open")
        _print_pairs(screen, (("-", text) for text in facts["deviations"]))


def _print_parameters(screen: Console, facts: Mapping[str, Any]) -> None:
    counts = facts["parameters"]
    _print_heading(screen, f"Parameters with {counts['with']} and four entity types in BIO")
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


def _print_heading(screen: Console, text: str) -> None:
    screen.print()
    screen.print(Text(text, style="bold"))


def _print_settings(screen: Console, settings: Iterable[Mapping[str, Any]]) -> None:
    rows = list(settings)
    varied = any(setting["value"] != setting["default"] for setting in rows)  # by this variant
    table = Table("setting", "value", *["default"] * varied, "meaning", box=SIMPLE_HEAD, padding=(0, 1))
    for setting in rows:
        default = "" if setting["value"] == setting["default"] else _plain(setting["default"])
        cells = (setting["name"], _plain(setting["value"]), *[default] * varied, setting["meaning"])
        table.add_row(*map(Text, cells))
    screen.print(table)


def _print_pairs(screen: Console, pairs: Iterable[tuple[str, str]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in pairs:
        grid.add_row(Text(name), Text(text))
    screen.print(grid)


def _joined(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
