"""`benchmark score`: anybody's predictions, on the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import cache_option, data_option, out_option

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.external.alignment import Alignment
    from mnerbench.benchmark.records import RunRecord

_SHOWN = 5  # misfits of a kind on the terminal; all of them are in the file


@click.command("score")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--dataset", required=True, metavar="NAME", help="Whose test split the predictions are of.")
@click.option("--name", required=True, metavar="NAME", help="What tables call the system.")
@click.option(
    "--file-format",
    type=click.Choice(["columns", "jsonl", "blocks"]),
    help="How the files are written.  [default: found out]",
)
@click.option(
    "--view",
    type=click.Choice(["it", "t"]),
    default="it",
    show_default=True,
    help="Whether the system saw the tweets' pictures (it) or text alone (t).",
)
@click.option("--first-seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the first file.")
@click.option("--strict", is_flag=True, help="Keep nothing, exit code 1, when anything does not fit our gold.")
@data_option
@cache_option
@out_option
@click.pass_context
def command(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    dataset: str,
    name: str,
    file_format: str | None,
    view: str,
    first_seed: int,
    strict: bool,
    data: Path | None,
    cache: Path | None,
    out: Path,
) -> None:
    """Score prediction files on our gold and put them on the leaderboard: one file per run of one system.

    A tweet or word without a prediction counts as predicted O; everything that does not fit is listed.
    """
    from mnerbench.benchmark.cli.screen import console
    from mnerbench.benchmark.describing import describe_splits
    from mnerbench.benchmark.external.alignment import align
    from mnerbench.benchmark.external.reading import PredictionFormat, read_predictions
    from mnerbench.benchmark.external.record import external_spec, keep_external
    from mnerbench.benchmark.materials import Materials
    from mnerbench.benchmark.records import RunStore
    from mnerbench.benchmark.supplies import Places
    from mnerbench.benchmark.tallies import TallyStore
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.visual.pictures import LostPictures

    check_name(name)
    screen, store = console(), RunStore(out)
    materials = Materials(Places(data_dir(data), None, out, cache_dir(cache)))
    card, test = materials.card(dataset), materials.corpus(dataset)["test"]
    ref = materials.dataset_ref(dataset, (), {}, LostPictures.MASK)
    chosen = PredictionFormat(file_format) if file_format is not None else None
    aligned = [(path, align(read_predictions(path, chosen), test, card.types, card.label_map)) for path in files]
    for path, found in aligned:
        _tell(path, found, len(test), screen)
    check_plausible(aligned, len(test))
    if strict and any(found.findings for _, found in aligned):
        screen.print("--strict: nothing was kept", style="yellow")
        context.exit(1)
    specs = [external_spec(name, ref, first_seed + number) for number in range(len(files))]
    describe_splits(specs, materials, store)
    tallies = TallyStore(store)
    for spec, (path, found) in zip(specs, aligned, strict=True):
        record = keep_external(store, spec, (path, found), test, view)
        tallies.keep(record)
        _tell_score(record, view, screen)
        for note in record.notes[1:]:
            screen.print(f"  {note}", markup=False, style="yellow")
        screen.print(f"  kept in {store.folder(record.identity)}; without this folder it is gone", markup=False)
        if found.findings:
            screen.print("  all misfits: alignment.txt there", markup=False)
    screen.print(f"benchmark report --out {out}   shows it beside the others", style="dim", markup=False)


def check_name(name: str) -> None:
    """Refuse a name that tables could take for a method of ours.

    Raises:
        ConfigError: it is empty or taken.
    """
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.methods.registry import methods

    if not name.strip() or any(not char.isprintable() for char in name):
        raise ConfigError(f"--name {name!r} cannot be printed\n  -> give it letters")
    if name in {entry.name for entry in methods()}:
        raise ConfigError(f"--name {name!r} is a method of this package\n  -> say whose it is: --name {name}-authors")


def check_plausible(files: Sequence[tuple[Path, Alignment]], tweets: int) -> None:
    """Refuse what would stand on a leaderboard and mean nothing.

    Args:
        files: each with what was found in it.
        tweets: of the test split.

    Raises:
        ConfigError: most test tweets are not in a file, or two files predict the same.
    """
    from mnerbench.benchmark.external.alignment import Misfit
    from mnerbench.datasets.errors import ConfigError

    seen: dict[tuple[tuple[str, ...], ...], Path] = {}
    for path, found in files:
        there = tweets - found.counts[Misfit.MISSING]
        if 2 * there < tweets:
            raise ConfigError(
                f"{path}: only {there:,} of {tweets:,} test tweets are in it; nothing was kept\n"
                "  -> is it of another dataset or split (--dataset), or written in another way (--file-format)?"
            )
        if found.labels in seen:
            raise ConfigError(
                f"{path}: predicts the same as {seen[found.labels]}; two files are to be two runs\n  -> give it once"
            )
        seen[found.labels] = path


def _tell(path: Path, found: Alignment, tweets: int, screen: Console) -> None:
    """What fits and what does not, the first ones of each kind."""
    from mnerbench.benchmark.external.alignment import Misfit

    there = tweets - found.counts[Misfit.MISSING]
    screen.print(f"{path}: {there:,} of {tweets:,} test tweets found", markup=False)
    if found.recoded:
        screen.print("  labels were BIOES, read as BIO", markup=False)
    for kind, number in found.counts.items():
        screen.print(f"  {kind.value}: {number:,}", style="yellow", markup=False)
        some = [finding for finding in found.findings if finding.misfit is kind][:_SHOWN]
        for finding in some:
            places = {"tweet": finding.tweet, "line": finding.line}
            place = ", ".join(f"{name} {number}" for name, number in places.items() if number is not None)
            screen.print(f"    {place}: {finding.text}", markup=False, style="dim")
        if number > len(some):
            screen.print(f"    ... and {number - len(some):,} more", markup=False, style="dim")


def _tell_score(record: RunRecord, view: str, screen: Console) -> None:
    scores = record.metrics["test"][view]
    texts = [f"{name} {100 * one.overall.counts().f1:.2f}" for name, one in scores.items()]
    gold = scores["conlleval"].overall.gold
    screen.print(
        f"{record.spec.method}, seed {record.spec.seed}: F1 {', '.join(texts)}  ({gold:,} gold entities)", markup=False
    )
