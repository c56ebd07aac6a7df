"""`benchmark show`: all that is known of one method."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.grid_options import OutputFormat, format_option, models_option
from mnerbench.benchmark.cli.output import say_json

if TYPE_CHECKING:
    from mnerbench.methods.registry import Entry


@click.command("show")
@click.argument("name", metavar="METHOD")
@click.option(
    "--encoder",
    default="bert-base-cased",
    show_default=True,
    metavar="NAME | DIR",
    help="Text encoder to count parameters with; weights are not needed.",
)
@models_option
@format_option
def command(*, name: str, encoder: str, models: Path | None, output_format: str) -> None:
    """Show a method: what it reads, its variants and settings, where it differs from its paper, how large it is."""
    from mnerbench.benchmark.cli.console import console
    from mnerbench.methods.registry import methods

    facts = describe(methods()[name], encoder, models)
    if output_format == OutputFormat.JSON.value:
        say_json(facts)
        return
    from mnerbench.benchmark.cli.show_text import print_method

    print_method(facts, console())


def describe(entry: Entry, encoder: str, models: Path | None) -> dict[str, Any]:
    """Facts about a variant and its family, as data.

    Raises:
        MissingInputError: the encoder is not here and its shape is not known.
    """
    from pydantic_core import to_jsonable_python

    family, config = entry.family, entry.configure({})
    values = config.model_dump(mode="json")
    fields = type(config).model_fields
    return {
        "method": entry.name,
        "summary": entry.variant.summary,
        "citation": family.citation,
        "inputs": ["tweet", *(kind.value for kind in config.inputs)],
        "sources": {kind.value: source for kind, source in entry.variant.sources.items()},
        "trained_in": [view.value for view in config.training_views],
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
            key: str(where)
            for key, where in family.search.items()
            if key not in {*entry.variant.settings, *config.inactive_settings}
        },
        "paper_training": dict(family.paper_training),
        "deviations": list(family.deviations),
        "parameters": {} if family.is_count_based else _parameters(entry, encoder, models),
        "published_parameters": family.published_parameters,
    }


def _parameters(entry: Entry, encoder: str, models: Path | None) -> dict[str, Any]:
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.training.parameter_counts import sizes

    quiet_transformers()
    found = sizes(entry, encoder, models)
    return {
        "with": encoder if found.encoder else "vectors of words (not counted: one per word of the training set)",
        "pictures by": found.network if found.pictures else "",
        "text encoder": found.encoder,
        "new layers": found.new,
        "CRF": found.crf,
        "used": found.used,
        "used, with the used part of the picture network": found.used_with_pictures if found.pictures else 0,
        "unused pooler": found.pooler,
        "picture network": found.pictures,
        "as papers count": found.as_papers_count,
    }
