"""`benchmark perf`: how fast we are, as ratios to named rivals on the same inputs, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.grid_options import PossiblePath, data_option, models_option
from mnerbench.benchmark.cli.output import say, say_document

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.growth import Growth

# Spelled out, so that `--help` need not import torch; a test compares them with what there is.
PARTS = ("crf", "features", "grids", "predictions", "workers", "steps", "epochs", "overhead")


@click.command("perf")
@click.option(
    "--only", "parts", type=click.Choice(PARTS), multiple=True, help="Time this alone. Repeatable.  [default: all]"
)
@data_option
@models_option
@click.option("--encoder", metavar="NAME", help="Whose tokenizer and sizes steps, epochs and overhead take.")
@click.option("--base", is_flag=True, help="In `steps` an encoder of BERT-base's size.")
@click.option("--methods", "names", metavar="A,B", help="Of `steps`.  [default: umt, maf, hamlearning, ita-all+cva]")
@click.option("--batch-size", type=click.IntRange(1, 4096), default=32, show_default=True, help="Tweets per step.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=6, show_default=True, help="Steps of each side.")
@click.option("--epochs", type=click.IntRange(1, 100_000), default=4, show_default=True, help="Epochs of each side.")
@click.option("--tweets", type=click.IntRange(16, 1_000_000), default=1000, show_default=True, help="Tweets per epoch.")
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a document.")
@click.option(
    "--figure", type=PossiblePath(path_type=Path), metavar="FILE", help="Draw how cost grows: .png, .svg, .pdf."
)
def command(
    *,
    parts: tuple[str, ...],
    data: Path | None,
    models: Path | None,
    encoder: str | None,
    base: bool,
    names: str | None,
    batch_size: int,
    steps: int,
    epochs: int,
    tweets: int,
    precision: str,
    device: str,
    markdown: bool,
    figure: Path | None,
) -> None:
    """Time ours and named rivals on the same inputs, in turns, and how cost grows with tweets, runs and seeds.

    Steps, epochs and overhead take real lengths of tweets: they need Twitter-2015 in the data folder, and an encoder;
    without --encoder the rest is timed, and it says so. Everything takes some ten minutes on two cores, half an hour
    with an encoder.
    """
    import tempfile

    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.perf_sheets import perf_sections
    from mnerbench.benchmark.perf.figure import check_figure
    from mnerbench.benchmark.perf.pairs import Pair
    from mnerbench.benchmark.perf.parts import PARTS as KNOWN
    from mnerbench.benchmark.perf.parts import Timing
    from mnerbench.benchmark.perf.steps import METHODS
    from mnerbench.benchmark.resources.device import check_device, pick_device
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.results.spec import Precision
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.pretrained import models_dir
    from mnerbench.reports.render.markdown import markdown_sections
    from mnerbench.reports.render.terminal import print_section

    check_device(device)
    if figure is not None:
        check_figure(figure)
    with tempfile.TemporaryDirectory(prefix="mnerbench-perf-") as made:
        places = RunPaths(data_dir(data), models_dir(models), Path(made), cache_dir(None), device=device)
        chosen = names.split(",") if names else METHODS
        sizes = (batch_size, steps, epochs, tweets, Precision(precision))
        timing = Timing(LocalResources(places), encoder, base, chosen, *sizes)
        wanted = [name for name in KNOWN if name in (parts or PARTS)]
        if lacking := timing.check(wanted):
            say(f"not timed: {', '.join(lacking)}: no --encoder", err=True)
        pairs, growths = [], []
        for name in wanted:
            if name in lacking:
                continue
            say(f"{name}: {KNOWN[name].about}", err=True)
            for found in KNOWN[name].time(timing):
                if isinstance(found, Pair):
                    pairs.append(found)
                    say(f"  {found.what}: {found.ratio:.2f}x", err=True)
                else:
                    growths.append(found)
                    say(f"  {found.what}: grows {found.steepest:.2f} times as {found.unit} do", err=True)
    found_sections = list(perf_sections(pairs, growths, str(pick_device(places))))
    if markdown:
        say_document(markdown_sections("Performance", found_sections))
    else:
        for section in found_sections:
            print_section(section, console())
    if figure is not None:
        _draw(growths, figure)


def _draw(growths: Sequence[Growth], figure: Path) -> None:
    from mnerbench.benchmark.perf.figure import growth_figure

    if growths:
        growth_figure(growths, figure)
    else:
        say(f"--figure {figure}: nothing drawn, for no part that was timed measures growth", err=True)
