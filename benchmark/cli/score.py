"""`benchmark score`: scores prediction files of any system for the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnerbench.benchmark.cli.options import PossiblePath, cache_option, data_option, out_option
from mnerbench.benchmark.cli.verb import Verb

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.external.alignment import Alignment
    from mnerbench.benchmark.external.predicted import ReadingOptions
    from mnerbench.benchmark.results.record import RunRecord

_MOST_MISFITS = 5  # printed per kind; the file has all of them


@click.command("score", cls=Verb)
@click.argument("files", nargs=-1, required=True, type=PossiblePath(path_type=Path), metavar="FILE...")
@click.option("--dataset", required=True, metavar="NAME", help="Dataset whose test split was predicted.")
@click.option("--name", required=True, metavar="NAME", help="Name of the system in tables.")
@click.option(
    "--file-format",
    type=click.Choice(["columns", "jsonl", "blocks", "labels", "inline"]),
    help="Format of the files.  [default: detected]",
)
@click.option(
    "--label-scheme",
    type=click.Choice(["bio", "iob1", "bioes", "bilou", "bmes", "io"]),
    help="Label scheme of the files.  [default: detected from the prefixes]",
)
@click.option(
    "--label-names",
    metavar="A,B,... | FILE",
    help="Label names in the order of their integer ids, for files with integer labels.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="THEIRS=OURS",
    help="Map an entity type of the files to one of the dataset, or to O to drop it. Repeatable.",
)
@click.option(
    "--predicted", metavar="KEY | COLUMN", help="JSON key, column header or column number (from 1) of the predictions."
)
@click.option(
    "--allow-types", is_flag=True, help="Accept entity types that the dataset does not have; they count as errors."
)
@click.option("--allow-gold", is_flag=True, help="Accept a file whose labels are (almost) the gold labels.")
@click.option(
    "--view",
    type=click.Choice(["it", "t"]),
    default="it",
    show_default=True,
    help="Input of the system: image and text (it) or text alone (t).",
)
@click.option(
    "--first-seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed assigned to the first file; the others follow.",
)
@click.option(
    "--strict", is_flag=True, help="Store nothing and end with exit code 1 if anything does not match the gold data."
)
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
    """Score prediction files on the gold test split for the leaderboard: one file per run of one system.

    A tweet or word without a prediction counts as O; all mismatches are listed. The detected format of each file is
    printed; an ambiguous file is an error.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.external.alignment import align_file
    from mnerbench.benchmark.external.plausibility import check_plausible, gold_of
    from mnerbench.benchmark.external.predicted import Reference
    from mnerbench.benchmark.external.record import external_spec, keep_external
    from mnerbench.benchmark.resources.describe_splits import describe_splits
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.results.stats_store import PredictionStatsStore
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.datasets.visual.lost_pictures import LostPictures

    check_name(name)
    options = reading_options(**flags)
    screen, store = console(), RunStore(out)
    resources = LocalResources(RunPaths.resolve(data=data, out=out, cache=cache))
    card, test = resources.card(dataset), gold_of(resources.corpus(dataset))
    ref = resources.dataset_ref(dataset, (), {}, LostPictures.MASK)
    reference = Reference(test, card.types, card.label_map)
    aligned = [(path, align_file(path, reference, options)) for path in files]
    for path, alignment in aligned:
        _print_alignment(path, alignment, len(test), screen)
    check_plausible(aligned, test, allow_gold=allow_gold)
    if strict and any(alignment.findings for _, alignment in aligned):
        screen.print("--strict: nothing was stored", style="yellow")
        context.exit(1)
    specs = [external_spec(name, ref, first_seed + number) for number in range(len(files))]
    describe_splits(specs, resources, store)
    stats = PredictionStatsStore(store)
    for spec, (path, alignment) in zip(specs, aligned, strict=True):
        record = keep_external(store, spec, (path, alignment), test, view)
        stats.keep(record)
        _print_score(record, view, screen)
        for note in record.notes[1 + bool(alignment.conversions) :]:  # the others are printed above
            screen.print(f"  {note}", markup=False, style="yellow")
        screen.print(f"  stored in {store.folder(record.identity)}; this is the only copy", markup=False)
        if alignment.findings:
            extent = "the first misfits of each kind" if alignment.unlisted else "all misfits"
            screen.print(f"  {extent}: alignment.txt in this folder", markup=False)
    screen.print(f"leaderboard: benchmark report --out {out}", style="dim", markup=False)


def reading_options(
    *,
    file_format: str | None,
    label_scheme: str | None,
    label_names: str | None,
    mapping: Sequence[str],
    predicted: str | None,
    allow_types: bool,
) -> ReadingOptions:
    """Parse the flags about the files.

    Raises:
        ConfigError: a flag is malformed.
        MissingInputError, DataError: a file of label names cannot be read.
    """
    from mnerbench.benchmark.external.predicted import LabelScheme, PredictionFormat, ReadingOptions
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.untrusted.display import quoted

    types = {}
    for pair in mapping:
        theirs, equals, ours = pair.rpartition("=")
        if not (theirs and equals and ours):
            raise ConfigError(
                f"--map {quoted(pair)} is not THEIRS=OURS\n  -> write --map PERSON=PER, or --map DATE=O to drop it"
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
    """Parse `O,B-PER,...`, or read a file with one name per line."""
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.textfile import read_lines

    names = [line.strip() for _, line in read_lines(Path(text))] if "," not in text else text.split(",")
    names = [name.strip() for name in names if name.strip()]
    if len({*names}) < len(names):
        raise ConfigError(f"--label-names {text}: a name occurs twice\n  -> give one name per integer id, in order")
    return tuple(names)


def check_name(name: str) -> None:
    """Raise if the name of a system is unusable in tables.

    Raises:
        ConfigError: the name is empty, not printable, too long or that of a method of this package.
    """
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.untrusted.display import quoted
    from mnerbench.datasets.untrusted.names import MOST_CHARACTERS
    from mnerbench.methods.registry import methods

    if not name.strip() or any(not char.isprintable() for char in name):
        raise ConfigError(f"--name {quoted(name)} cannot be printed\n  -> use printable characters")
    if len(name) > MOST_CHARACTERS:
        reason = f"--name {quoted(name)} has more than {MOST_CHARACTERS} characters"
        raise ConfigError(f"{reason}\n  -> choose a name that fits into a table")
    if name in {entry.name for entry in methods()}:
        raise ConfigError(
            f"--name {quoted(name)} is a method of this package\n  -> choose another name: --name {name}-authors"
        )


def _print_alignment(path: Path, alignment: Alignment, tweets: int, screen: Console) -> None:
    """Print how many tweets match, and the first misfits of each kind."""
    from mnerbench.benchmark.external.misfits import Misfit

    matched = tweets - alignment.counts[Misfit.MISSING]
    screen.print(f"{path}: {matched:,} of {tweets:,} test tweets found", markup=False)
    for decision in (*alignment.decisions, *alignment.conversions):
        screen.print(f"  read as: {decision}", markup=False)
    for kind, number in alignment.counts.items():
        screen.print(f"  {kind.value}: {number:,}", style="yellow", markup=False)
        examples = [finding for finding in alignment.findings if finding.misfit is kind][:_MOST_MISFITS]
        for example in examples:
            numbers = {"tweet": example.tweet, "line": example.line}
            location = ", ".join(f"{name} {number}" for name, number in numbers.items() if number is not None)
            screen.print(f"    {location}: {example.text}", markup=False, style="dim")
        if number > len(examples):
            screen.print(f"    ... and {number - len(examples):,} more", markup=False, style="dim")


def _print_score(record: RunRecord, view: str, screen: Console) -> None:
    scores = record.metrics["test"][view]
    texts = [f"{name} {100 * score.overall.f1:.2f}" for name, score in scores.items()]
    gold = scores["conlleval"].overall.gold
    screen.print(
        f"{record.spec.method}, seed {record.spec.seed}: F1 {', '.join(texts)}  ({gold:,} gold entities)", markup=False
    )
