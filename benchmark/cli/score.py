"""`benchmark score`: anybody's predictions, on the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.grid_options import PossiblePath, cache_option, data_option, out_option

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.external.alignment import Alignment
    from mnerbench.benchmark.external.predicted import ReadingOptions
    from mnerbench.benchmark.results.record import RunRecord

_SHOWN = 5  # misfits of a kind on the terminal; all of them are in the file


@click.command("score")
@click.argument("files", nargs=-1, required=True, type=PossiblePath(path_type=Path), metavar="FILE...")
@click.option("--dataset", required=True, metavar="NAME", help="Whose test split the predictions are of.")
@click.option("--name", required=True, metavar="NAME", help="What tables call the system.")
@click.option(
    "--file-format",
    type=click.Choice(["columns", "jsonl", "blocks", "labels", "inline"]),
    help="How the files are written.  [default: told by what is in them]",
)
@click.option(
    "--label-scheme",
    type=click.Choice(["bio", "iob1", "bioes", "bilou", "bmes", "io"]),
    help="How labels write entities.  [default: told by their prefixes]",
)
@click.option(
    "--label-names",
    metavar="A,B,... | FILE",
    help="Labels in the order of their numbers, where the files hold numbers.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="THEIRS=OURS",
    help="A type of the files as a type of the dataset, or as O for none. Repeatable.",
)
@click.option(
    "--predicted", metavar="KEY | COLUMN", help="Where the predictions are: JSON key, header, or column from 1."
)
@click.option("--allow-types", is_flag=True, help="Keep types that the dataset does not have; each counts as wrong.")
@click.option("--allow-gold", is_flag=True, help="Keep a file that holds our gold labels, or nearly.")
@click.option(
    "--view",
    type=click.Choice(["it", "t"]),
    default="it",
    show_default=True,
    help="Whether the system saw the tweets' pictures (it) or text alone (t).",
)
@click.option(
    "--first-seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the first file.",
)
@click.option("--strict", is_flag=True, help="Keep nothing, exit code 1, when anything does not fit our gold.")
@data_option
@cache_option
@out_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    dataset: str,
    name: str,
    view: str,
    first_seed: int,
    strict: bool,
    allow_gold: bool,
    data: Path | None,
    cache: Path | None,
    out: Path,
    **flags: Any,
) -> None:
    """Score prediction files on our gold and put them on the leaderboard: one file per run of one system.

    A tweet or word without a prediction counts as predicted O; everything that does not fit is listed. How each file
    was read is printed, and a file that could mean two things is refused.
    """
    from mnerbench.benchmark.cli.console import console
    from mnerbench.benchmark.external.alignment import align_file
    from mnerbench.benchmark.external.plausibility import check_plausible, gold_of
    from mnerbench.benchmark.external.predicted import Reference
    from mnerbench.benchmark.external.record import external_spec, keep_external
    from mnerbench.benchmark.resources.describe_splits import describe_splits
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.results.prediction_stats import PredictionStatsStore
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.visual.pictures import LostPictures

    check_name(name)
    options = reading_options(**flags)
    screen, store = console(), RunStore(out)
    materials = LocalResources(RunPaths(data_dir(data), None, out, cache_dir(cache)))
    card, test = materials.card(dataset), gold_of(materials.corpus(dataset))
    ref = materials.dataset_ref(dataset, (), {}, LostPictures.MASK)
    reference = Reference(test, card.types, card.label_map)
    aligned = [(path, align_file(path, reference, options)) for path in files]
    for path, alignment in aligned:
        _tell(path, alignment, len(test), screen)
    check_plausible(aligned, test, allow_gold=allow_gold)
    if strict and any(alignment.findings for _, alignment in aligned):
        screen.print("--strict: nothing was kept", style="yellow")
        context.exit(1)
    specs = [external_spec(name, ref, first_seed + number) for number in range(len(files))]
    describe_splits(specs, materials, store)
    tallies = PredictionStatsStore(store)
    for spec, (path, alignment) in zip(specs, aligned, strict=True):
        record = keep_external(store, spec, (path, alignment), test, view)
        tallies.keep(record)
        _tell_score(record, view, screen)
        for note in record.notes[1 + bool(alignment.conversions) :]:  # how the file was read stands above
            screen.print(f"  {note}", markup=False, style="yellow")
        screen.print(f"  kept in {store.folder(record.identity)}; without this folder it is gone", markup=False)
        if alignment.findings:
            which = "the first misfits of each kind" if alignment.unlisted else "all misfits"
            screen.print(f"  {which}: alignment.txt there", markup=False)
    screen.print(f"benchmark report --out {out}   shows it beside the others", style="dim", markup=False)


def reading_options(
    *,
    file_format: str | None,
    label_scheme: str | None,
    label_names: str | None,
    mapping: Sequence[str],
    predicted: str | None,
    allow_types: bool,
) -> ReadingOptions:
    """What the flags say about the files.

    Raises:
        ConfigError: a flag is not of its form.
        MissingInputError, DataError: a file of label names cannot be read.
    """
    from mnerbench.benchmark.external.predicted import LabelScheme, PredictionFormat, ReadingOptions
    from mnerbench.datasets.errors import ConfigError

    types = {}
    for pair in mapping:
        theirs, equals, ours = pair.rpartition("=")
        if not (theirs and equals and ours):
            raise ConfigError(
                f"--map {pair!r} is not THEIRS=OURS\n  -> write --map PERSON=PER, or --map DATE=O to drop it"
            )
        types[theirs] = ours
    return ReadingOptions(
        format=PredictionFormat(file_format) if file_format is not None else None,
        scheme=LabelScheme(label_scheme) if label_scheme is not None else None,
        names=_label_names(label_names) if label_names is not None else (),
        types=types,
        predicted=predicted,
        allow_types=allow_types,
    )


def _label_names(text: str) -> tuple[str, ...]:
    """`O,B-PER,...`, or a file with a name per line."""
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.textfile import read_lines

    names = [line.strip() for _, line in read_lines(Path(text))] if "," not in text else text.split(",")
    names = [name.strip() for name in names if name.strip()]
    if len({*names}) < len(names):
        raise ConfigError(f"--label-names {text}: a name stands there twice\n  -> name each number once, in order")
    return tuple(names)


def check_name(name: str) -> None:
    """Refuse a name that tables could take for a method of ours.

    Raises:
        ConfigError: it is empty or taken.
    """
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.untrusted.display import one_line
    from mnerbench.datasets.untrusted.names import MOST_CHARACTERS
    from mnerbench.methods.registry import methods

    if not name.strip() or any(not char.isprintable() for char in name):
        raise ConfigError(f"--name {one_line(repr(name), 80)} cannot be printed\n  -> give it letters")
    if len(name) > MOST_CHARACTERS:
        reason = f"--name {one_line(repr(name), 80)} has more than {MOST_CHARACTERS} characters"
        raise ConfigError(f"{reason}\n  -> give it a name that fits into a table")
    if name in {entry.name for entry in methods()}:
        raise ConfigError(f"--name {name!r} is a method of this package\n  -> say whose it is: --name {name}-authors")


def _tell(path: Path, alignment: Alignment, tweets: int, screen: Console) -> None:
    """What fits and what does not, the first ones of each kind."""
    from mnerbench.benchmark.external.misfits import Misfit

    there = tweets - alignment.counts[Misfit.MISSING]
    screen.print(f"{path}: {there:,} of {tweets:,} test tweets found", markup=False)
    for decision in (*alignment.decisions, *alignment.conversions):
        screen.print(f"  read as: {decision}", markup=False)
    for kind, number in alignment.counts.items():
        screen.print(f"  {kind.value}: {number:,}", style="yellow", markup=False)
        some = [finding for finding in alignment.findings if finding.misfit is kind][:_SHOWN]
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
