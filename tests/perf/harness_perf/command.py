"""`python tests/perf`: times the harness itself, against rivals and over increasing amounts of work."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from harness_perf.figure import check_figure, growth_figure
from harness_perf.growth import Growth
from harness_perf.parts import PARTS, Timing
from harness_perf.sheets import harness_sections
from mnerbench.benchmark.cli.options import PossiblePath, data_option, models_option
from mnerbench.benchmark.cli.perf import print_timings
from mnerbench.benchmark.display.output import say
from mnerbench.benchmark.perf.pairs import Pair
from mnerbench.benchmark.resources.device import check_device, pick_device
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import Precision
from mnerbench.datasets.errors import MnerbenchError


@click.command("perf")
@click.option("--only", "parts", type=click.Choice(list(PARTS)), multiple=True, help="A part. Repeatable.  [all]")
@data_option
@models_option
@click.option("--encoder", metavar="NAME", help="Encoder for epochs and overhead.")
@click.option("--epochs", type=click.IntRange(1, 100_000), default=4, show_default=True, help="Epochs of each side.")
@click.option("--tweets", type=click.IntRange(16, 1_000_000), default=1000, show_default=True, help="Tweets per epoch.")
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a document.")
@click.option("--figure", type=PossiblePath(path_type=Path), metavar="FILE", help="Plot growth: .png, .svg, .pdf.")
def command(
    *,
    parts: tuple[str, ...],
    data: Path | None,
    models: Path | None,
    encoder: str | None,
    epochs: int,
    tweets: int,
    precision: str,
    device: str,
    markdown: bool,
    figure: Path | None,
) -> None:
    """Time the harness itself: commands over growing results folders, large prediction files, epochs, overhead.

    Epochs and overhead need Twitter-2015 in the data folder and --encoder; without it, only the rest is timed.
    """
    try:
        check_device(device)
        if figure is not None:
            check_figure(figure)
        with tempfile.TemporaryDirectory(prefix="mnerbench-perf-") as folder:
            paths = RunPaths.resolve(data=data, models=models, out=Path(folder), device=device)
            timing = Timing(LocalResources(paths), encoder, epochs, tweets, Precision(precision))
            pairs, growths = _measure(timing, [name for name in PARTS if name in (parts or PARTS)])
    except MnerbenchError as error:
        raise click.ClickException(str(error)) from error
    print_timings(harness_sections(pairs, growths, str(pick_device(paths))), markdown=markdown)
    if figure is not None:
        _draw(growths, figure)


def _measure(timing: Timing, names: Sequence[str]) -> tuple[list[Pair], list[Growth]]:
    pairs, growths = list[Pair](), list[Growth]()
    if skipped := timing.check(names):
        say(f"not timed: {', '.join(skipped)}: no --encoder", err=True)
    for name in names:
        if name in skipped:
            continue
        say(f"{name}: {PARTS[name].about}", err=True)
        for result in PARTS[name].time(timing):
            if isinstance(result, Pair):
                pairs.append(result)
                say(f"  {result.what}: {result.ratio:.2f}x", err=True)
            else:
                growths.append(result)
                say(f"  {result.what}: grows {result.steepest:.2f} times as {result.unit} do", err=True)
    return pairs, growths


def _draw(growths: Sequence[Growth], figure: Path) -> None:
    if growths:
        growth_figure(growths, figure)
    else:
        say(f"--figure {figure}: nothing drawn, since no measurement of growth was selected", err=True)
