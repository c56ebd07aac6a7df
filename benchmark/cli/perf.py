"""`benchmark perf`: speed ratios to named rivals on the same inputs, and growth of cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import PossiblePath, data_option, models_option
from mnerbench.benchmark.cli.output import say, say_document

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.growth import Growth
    from mnerbench.benchmark.perf.pairs import Pair
    from mnerbench.reports.render.sections import Section

# Repeated here so that `--help` does not import torch; a test compares them with the implemented parts.
PARTS = ("crf", "features", "grids", "predictions", "workers", "steps", "epochs", "overhead")

_PAIR_COLUMNS = ("what", "rival, conditions", "ours, ms", "rival, ms", "ratio")
_GROWTH_COLUMNS = ("what", "of", "number", "seconds", "per one, ms", "outgrows")
_OUTGROWS = "outgrows: largest growth of seconds between two numbers, divided by the growth of the number; 1 is linear"


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
    from tempfile import TemporaryDirectory

    from mnerbench.benchmark.cli.console import console
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
    with TemporaryDirectory(prefix="mnerbench-perf-") as folder:
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


def perf_sections(pairs: Sequence[Pair], growths: Sequence[Growth], device: str) -> Iterator[Section]:
    """Yield tables of the timings.

    Args:
        pairs: timings of this package and a rival.
        growths: cost at growing numbers of tweets, runs or seeds.
        device: the device of the timings.
    """
    from mnerbench.benchmark.results.environment import environment, package_version
    from mnerbench.reports.render.sections import Section
    from mnerbench.reports.text.format import Sheet

    facts = environment(device)
    versions = ", ".join(f"{name} {package_version(name)}" for name in ("torch", "transformers", "pytorch-crf"))
    machine = facts.get("gpu") or f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads"
    if pairs:
        intro = f"{machine}; {versions}. Medians (minimum to maximum); means for steps."
        rows = tuple((p.what, p.rival, _spread(p.ours), _spread(p.theirs), f"{p.ratio:.2f}x") for p in pairs)
        yield Section("perf", "Ours against rivals", Sheet(_PAIR_COLUMNS, 2, rows), intro)
    if growths:
        cells = tuple(row for growth in growths for row in _growth_rows(growth))
        yield Section(
            "growth",
            "How cost grows",
            Sheet(_GROWTH_COLUMNS, 2, cells),
            f"{machine}; {versions}.",
            remarks=(_OUTGROWS,),
        )


def _growth_rows(growth: Growth) -> Iterator[tuple[str, ...]]:
    for index, (amount, seconds) in enumerate(zip(growth.amounts, growth.seconds, strict=True)):
        first = (growth.what, growth.unit) if not index else ("", "")
        last = f"{growth.steepest:.2f}" if not index else ""
        yield *first, f"{amount:,}", f"{seconds:,.2f}", f"{1000 * seconds / amount:,.1f}", last


def _spread(times: Sequence[float]) -> str:
    middle = f"{median(times):,.1f}"
    return middle if len(times) == 1 else f"{middle} ({min(times):,.1f} to {max(times):,.1f})"
