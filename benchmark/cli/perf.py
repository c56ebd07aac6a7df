"""`benchmark perf`: speed ratios to named rivals on the same inputs, and growth of cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.grid_options import PossiblePath, data_option, models_option
from mnerbench.benchmark.cli.output import say, say_document

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.growth import Growth

# Repeated here so that `--help` does not import torch; a test compares them with the implemented parts.
PARTS = ("crf", "features", "grids", "predictions", "workers", "steps", "epochs", "overhead")


@click.command("perf")
@click.option(
    "--only", "parts", type=click.Choice(PARTS), multiple=True, help="Time only this part. Repeatable.  [default: all]"
)
@data_option
@models_option
@click.option(
    "--encoder", metavar="NAME", help="Encoder whose tokenizer and sizes are used in `steps`, `epochs` and `overhead`."
)
@click.option("--base", is_flag=True, help="Use an encoder of BERT-base's size in `steps`.")
@click.option(
    "--methods", "names", metavar="A,B", help="Methods timed in `steps`.  [default: umt, maf, hamlearning, ita-all+cva]"
)
@click.option("--batch-size", type=click.IntRange(1, 4096), default=32, show_default=True, help="Tweets per step.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=6, show_default=True, help="Steps per side.")
@click.option("--epochs", type=click.IntRange(1, 100_000), default=4, show_default=True, help="Epochs per side.")
@click.option("--tweets", type=click.IntRange(16, 1_000_000), default=1000, show_default=True, help="Tweets per epoch.")
@click.option(
    "--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True, help="Training precision."
)
@click.option("--device", default="auto", show_default=True, help="Device: auto, cpu, cuda.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option(
    "--figure", type=PossiblePath(path_type=Path), metavar="FILE", help="Plot the growth of cost: .png, .svg, .pdf."
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
    """Time this package and named rivals on the same inputs, and the growth of cost with tweets, runs and seeds.

    `steps`, `epochs` and `overhead` use real tweet lengths: they need Twitter-2015 in the data folder and --encoder;
    without it they are skipped. All parts take about ten minutes on two cores, half an hour with an encoder.
    """
    import tempfile

    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.cli.perf_sheets import perf_sections
    from mnerbench.benchmark.perf.figure import check_figure
    from mnerbench.benchmark.perf.pairs import Pair
    from mnerbench.benchmark.perf.parts import PARTS as TIMED_PARTS
    from mnerbench.benchmark.perf.parts import Timing
    from mnerbench.benchmark.perf.steps import METHODS
    from mnerbench.benchmark.resources.device import check_device, pick_device
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.results.spec import Precision
    from mnerbench.reports.render.markdown import markdown_sections
    from mnerbench.reports.render.terminal import print_section

    check_device(device)
    if figure is not None:
        check_figure(figure)
    with tempfile.TemporaryDirectory(prefix="mnerbench-perf-") as folder:
        paths = RunPaths.resolve(data=data, models=models, out=Path(folder), device=device)
        methods = names.split(",") if names else METHODS
        sizes = (batch_size, steps, epochs, tweets, Precision(precision))
        timing = Timing(LocalResources(paths), encoder, base, methods, *sizes)
        selected = [name for name in TIMED_PARTS if name in (parts or PARTS)]
        if skipped := timing.check(selected):
            say(f"not timed, since they need --encoder: {', '.join(skipped)}", err=True)
        pairs, growths = [], []
        for name in selected:
            if name in skipped:
                continue
            say(f"{name}: {TIMED_PARTS[name].about}", err=True)
            for measurement in TIMED_PARTS[name].time(timing):
                if isinstance(measurement, Pair):
                    pairs.append(measurement)
                    say(f"  {measurement.what}: {measurement.ratio:.2f}x", err=True)
                else:
                    growths.append(measurement)
                    say(
                        f"  {measurement.what}: grows {measurement.steepest:.2f} times as {measurement.unit} do",
                        err=True,
                    )
    sections = list(perf_sections(pairs, growths, str(pick_device(paths))))
    if markdown:
        say_document(markdown_sections("Performance", sections))
    else:
        for section in sections:
            print_section(section, console())
    if figure is not None:
        _draw(growths, figure)


def _draw(growths: Sequence[Growth], figure: Path) -> None:
    from mnerbench.benchmark.perf.figure import growth_figure

    if growths:
        growth_figure(growths, figure)
    else:
        say(f"--figure {figure}: nothing plotted: no timed part measures growth", err=True)
