"""`benchmark show`: inputs, settings, deviations and size of a method."""

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
    help="Text encoder for the parameter counts; its weights are not needed.",
)
@models_option
@format_option
def command(*, name: str, encoder: str, models: Path | None, output_format: str) -> None:
    """Show a method: inputs, variants, settings, deviations from its paper, and size."""
    from mnerbench.benchmark.cli.console import console
    from mnerbench.methods.registry import methods

    facts = describe(methods()[name], encoder, models)
    if output_format == OutputFormat.JSON.value:
        say_json(facts)
        return
    from mnerbench.benchmark.cli.show_text import print_method

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
            key: str(domain)
            for key, domain in family.search.items()
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
    counts = sizes(entry, encoder, models)
    return {
        "with": encoder if counts.encoder else "word vectors (not counted: one per word of the training set)",
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
