"""`benchmark perf`: how fast we are, as ratios to named rivals on the same inputs, in one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import data_option, models_option

if TYPE_CHECKING:
    from mnerbench.benchmark.perf.pairs import Pair

PARTS = ("crf", "steps", "epochs")


@click.command("perf")
@click.option(
    "--only", "parts", type=click.Choice(PARTS), multiple=True, help="Time this alone. Repeatable.  [default: all]"
)
@data_option
@models_option
@click.option("--encoder", metavar="NAME", help="Whose tokenizer and sizes `steps` and `epochs` take.")
@click.option("--base", is_flag=True, help="In `steps` an encoder of BERT-base's size.")
@click.option("--methods", "names", metavar="A,B", help="Of `steps`.  [default: umt, maf, hamlearning, ita-all+cva]")
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Tweets per step.")
@click.option("--steps", type=click.IntRange(1), default=6, show_default=True, help="Steps of each side.")
@click.option("--epochs", type=click.IntRange(1), default=4, show_default=True, help="Epochs of each side.")
@click.option("--tweets", type=click.IntRange(16), default=1000, show_default=True, help="Tweets per epoch.")
@click.option("--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda.")
@click.option("--markdown", is_flag=True, help="Print Markdown, for a document.")
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
) -> None:
    """Time the CRF, training steps and epochs against named rivals, in turns; random weights, real lengths of tweets.

    Without --encoder only the CRF is timed, and it says so; steps and epochs also need Twitter-2015 in the data folder.
    """
    import tempfile

    from mnerbench.benchmark.device import check_device, pick_device
    from mnerbench.benchmark.materials import Materials
    from mnerbench.benchmark.perf.crf import crf_pairs
    from mnerbench.benchmark.perf.epochs import epoch_pair
    from mnerbench.benchmark.perf.steps import METHODS, Setting, step_pairs
    from mnerbench.benchmark.spec import Precision
    from mnerbench.benchmark.supplies import Places
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.errors import MissingInputError
    from mnerbench.datasets.pretrained import models_dir

    check_device(device)
    wanted = parts or PARTS
    with tempfile.TemporaryDirectory(prefix="mnerbench-perf-") as made:
        folder = Path(made)
        places = Places(data_dir(data), models_dir(models), folder, cache_dir(None), device=device)
        materials, where = Materials(places), pick_device(places)

        rest = [part for part in wanted if part != "crf"]
        source = materials.encoder(encoder).folder if encoder is not None and rest else None
        if rest and encoder is None:
            click.echo(f"not timed: {', '.join(rest)}: no --encoder", err=True)
        elif rest and source is None:
            raise MissingInputError(f"--encoder {encoder}: has no folder to time\n  -> name one that has")
        # Read before anything is timed, so that nothing that was is lost for want of it.
        corpus = materials.corpus("twitter15") if source is not None else None

        def pairs() -> Iterator[Pair]:
            if "crf" in wanted:
                yield from crf_pairs(where)
            if source is None or corpus is None:
                return
            if "steps" in wanted:
                chosen = names.split(",") if names else METHODS
                setting = Setting(corpus, source, base, batch_size, steps, where, Precision(precision), folder)
                yield from step_pairs(setting, chosen)
            if "epochs" in wanted:
                yield epoch_pair(materials, source, epochs, tweets, folder)

        _show(pairs(), str(where), markdown=markdown)


def _show(pairs: Iterator[Pair], device: str, *, markdown: bool) -> None:
    import torch

    from mnerbench.benchmark.cli.screen import console
    from mnerbench.benchmark.environment import environment
    from mnerbench.reports.cells import Sheet
    from mnerbench.reports.markdown import markdown_sections
    from mnerbench.reports.sections import Section
    from mnerbench.reports.terminal import print_section

    facts, rows = environment(device), []
    for pair in pairs:
        rows.append((pair.what, pair.rival, _spread(pair.ours), _spread(pair.theirs), f"{pair.ratio:.2f}x"))
        click.echo(f"{pair.what}: {pair.ratio:.2f}x", err=True)
    where = facts.get("gpu") or f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads"
    intro = f"{where}, torch {torch.__version__}. Medians, with the least and the most; of steps, means."
    sheet = Sheet(("what", "rival, conditions", "ours, ms", "rival, ms", "ratio"), 2, tuple(rows))
    section = Section("perf", "Ours against rivals", sheet, intro)
    if markdown:
        click.echo(markdown_sections("Performance", [section]), nl=False)
    else:
        print_section(section, console())


def _spread(times: Sequence[float]) -> str:
    from statistics import median

    middle = f"{median(times):,.1f}"
    return middle if len(times) == 1 else f"{middle} ({min(times):,.1f} to {max(times):,.1f})"
