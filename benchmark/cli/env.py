"""`benchmark env`: versions, hardware and paths for a bug report."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.options import OutputFormat, cache_option, data_option, format_option, models_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say, say_json


@click.command("env", cls=Verb)
@data_option
@models_option
@cache_option
@format_option
def command(data: Path | None, models: Path | None, cache: Path | None, output_format: str) -> None:
    """Show versions, hardware and the folders in use."""
    import torch

    from mnerbench.benchmark.results.environment import environment
    from mnerbench.benchmark.tracking.mlflow import tracking_uri
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.pretrained import models_dir

    facts = environment("cuda" if torch.cuda.is_available() else "cpu")
    facts |= {
        "data": str(data_dir(data)),
        "models": str(models_dir(models) or "not set"),
        "cache": str(cache_dir(cache)),
        "mlflow": tracking_uri(Path("runs")),
    }
    if output_format == OutputFormat.JSON.value:
        say_json(facts)
        return
    for name, value in facts.items():
        text = (
            ", ".join(f"{package} {version}" for package, version in value.items())
            if isinstance(value, dict)
            else value
        )
        say(f"{name:<10} {text}")
