"""`benchmark perf`: speed ratios to named rivals on the same inputs, measured in one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import data_option, models_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say, say_document

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.pairs import Pair
    from mnerbench.reports.render.section import Section
    from mnerbench.reports.text.sheet import Cell

# Repeated here so that `--help` does not import torch; a test compares them with the implemented parts.
PARTS = ("crf", "features", "workers", "steps", "families")

_NAMES = ("what", "rival, conditions")
_NUMBERS = ("ours, ms", "rival, ms", "ratio")


@click.command("perf", cls=Verb)
@click.option(
    "--only", "parts", type=click.Choice(PARTS), multiple=True, help="Time only this part. Repeatable.  [default: all]"
)
@data_option
@models_option
@click.option("--encoder", metavar="NAME", help="Encoder whose tokenizer and sizes are used in `steps`.")
@click.option("--base", is_flag=True, help="Use an encoder of BERT-base's size in `steps`.")
@click.option(
    "--methods", "names", metavar="A,B", help="Methods timed in `steps`.  [default: umt, maf, hamlearning, ita-all+cva]"
)
@click.option("--batch-size", type=click.IntRange(1, 4096), default=32, show_default=True, help="Tweets per step.")
@click.option("--steps", type=click.IntRange(1, 100_000), default=6, show_default=True, help="Steps per side.")
@click.option(
    "--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True, help="Training precision."
)
@click.option("--device", default="auto", show_default=True, help="Device: auto, cpu, cuda.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
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
    precision: str,
    device: str,
    markdown: bool,
) -> None:
    """Time this package and named rivals on the same inputs.

    `steps` uses real tweet lengths: it needs Twitter-2015 in the data folder and --encoder; without them it is skipped.
    """
    from tempfile import TemporaryDirectory

    from mnerbench.benchmark.perf.parts import PARTS as TIMED_PARTS
    from mnerbench.benchmark.perf.parts import Timing
    from mnerbench.benchmark.perf.steps import METHODS
    from mnerbench.benchmark.resources.device import check_device, pick_device
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.results.spec import Precision

    check_device(device)
    with TemporaryDirectory(prefix="mnerbench-perf-") as folder:
        paths = RunPaths.resolve(data=data, models=models, out=Path(folder), device=device)
        methods = names.split(",") if names else METHODS
        sizes = (batch_size, steps, Precision(precision))
        timing = Timing(LocalResources(paths), encoder, base, methods, *sizes)
        selected = [name for name in TIMED_PARTS if name in (parts or PARTS)]
        if skipped := timing.check(selected):
            say(f"not timed, since they need --encoder: {', '.join(skipped)}", err=True)
        pairs = []
        for name in selected:
            if name in skipped:
                continue
            say(f"{name}: {TIMED_PARTS[name].about}", err=True)
            for pair in TIMED_PARTS[name].time(timing):
                pairs.append(pair)
                say(f"  {pair.what}: {pair.ratio:.2f}x", err=True)
    print_timings(perf_sections(pairs, str(pick_device(paths))), markdown=markdown)


def print_timings(sections: Iterable[Section], *, markdown: bool) -> None:
    """Print tables of timings to the terminal, or as Markdown."""
    from mnerbench.benchmark.display.console import console
    from mnerbench.reports.render.markdown import markdown_sections
    from mnerbench.reports.render.terminal import print_section

    if markdown:
        say_document(markdown_sections("Performance", list(sections)))
        return
    for section in sections:
        print_section(section, console())


def perf_sections(pairs: Sequence[Pair], device: str) -> Iterator[Section]:
    """Yield the table of the timings, if there are any.

    Args:
        pairs: timings of this package and a rival.
        device: the device of the timings.
    """
    from mnerbench.reports.render.section import Section
    from mnerbench.reports.text.cells import decimal_cell, text_cell
    from mnerbench.reports.text.sheet import Column, Sheet, name_column

    if pairs:
        intro = f"{conditions(device)}. Medians (minimum to maximum); means for steps."
        columns = (*map(name_column, _NAMES), *(Column(key, key) for key in _NUMBERS))
        rows = tuple(
            (
                *map(text_cell, (pair.what, pair.rival)),
                *map(_spread, (pair.ours, pair.theirs)),
                decimal_cell(pair.ratio, 2, note="x"),
            )
            for pair in pairs
        )
        yield Section("perf", "Ours against rivals", Sheet(columns, rows), intro)


def conditions(device: str) -> str:
    """The machine and the versions of a measurement."""
    from mnerbench.benchmark.results.environment import environment, package_version

    facts = environment(device)
    versions = ", ".join(f"{name} {package_version(name)}" for name in ("torch", "transformers", "pytorch-crf"))
    machine = facts.get("gpu") or f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads"
    return f"{machine}; {versions}"


def _spread(times: Sequence[float]) -> Cell:
    from mnerbench.reports.text.cells import decimal_cell

    note = "" if len(times) == 1 else f" ({min(times):,.1f} to {max(times):,.1f})"
    return decimal_cell(median(times), 1, note=note)
