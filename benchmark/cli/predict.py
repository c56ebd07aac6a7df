"""`benchmark predict`: finds the entities of new tweets with a kept tagger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import PossiblePath, cache_option, data_option, models_option, out_option
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say_document

if TYPE_CHECKING:
    from rich.console import Console

    from mnerbench.benchmark.tagging.reading import NewTweet
    from mnerbench.benchmark.tagging.tagged import Tagged
    from mnerbench.benchmark.tagging.tagger import Tagger


@click.command("predict", cls=Verb)
@click.argument("run", metavar="RUN")
@click.argument("file", metavar="FILE", type=PossiblePath(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--images",
    type=PossiblePath(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the pictures that FILE names, anywhere below it: <image id>.jpg, .png, ...",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["jsonl", "conll", "columns"]),
    default="jsonl",
    show_default=True,
    help="JSON lines with labels, entities, positions and posteriors; or a line per word.",
)
@click.option(
    "--to",
    type=PossiblePath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write here.  [default: standard output]",
)
@click.option("--device", default="auto", show_default=True, help="Device: auto, cpu, cuda, cuda:1, ...")
@data_option
@models_option
@cache_option
@out_option
def command(
    *,
    run: str,
    file: Path,
    images: Path | None,
    output_format: str,
    to: Path | None,
    device: str,
    data: Path | None,
    models: Path | None,
    cache: Path | None,
    out: Path,
) -> None:
    """Find the entities of the tweets in FILE with the tagger of RUN.

    RUN is a folder of a run, its identity, or the name of its method if --out has one tagger of it (`benchmark clean`
    lists them). FILE has words in a format of corpora, with or without labels, or a raw tweet per line. Missing
    pictures are masked and counted.
    """
    from mnerbench.benchmark.display.console import console
    from mnerbench.benchmark.execution.quiet import quiet_transformers
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.benchmark.tagging.reading import read_tweets
    from mnerbench.benchmark.tagging.tagger import load_tagger
    from mnerbench.benchmark.tagging.writing import OutputFormat, lines_of
    from mnerbench.datasets.atomic_files import write_atomically

    quiet_transformers()
    tweets, screen = read_tweets(file), console(stderr=True)
    paths = RunPaths.resolve(data=data, models=models, out=out, cache=cache, device=device)
    tagged = _tag(load_tagger(run, paths), tweets, images, screen)
    form = OutputFormat(output_format)
    lines = [line for done, source in zip(tagged, tweets, strict=True) for line in lines_of(done, source, form)]
    if to is not None:
        write_atomically(to, "".join(f"{line}\n" for line in lines))
    else:
        say_document("".join(f"{line}\n" for line in lines))
    _print_counts(tagged, to, screen)


def _tag(tagger: Tagger, tweets: list[NewTweet], folder: Path | None, screen: Console) -> Tagged:
    """Tag with a progress bar for each phase."""
    from rich.progress import Progress, TaskID

    from mnerbench.datasets.corpus import ids_of
    from mnerbench.datasets.visual.pictures import find_pictures

    files: dict[str, Path] = {}
    if folder is not None:
        files = find_pictures(folder, [image for tweet in tweets for image in ids_of(tweet.image)])
    contents = [tweet.content for tweet in tweets]
    pictures = [[files.get(image, image) for image in ids_of(tweet.image)] for tweet in tweets]
    screen.print(f"{tagger!r}: {len(tweets):,} tweets", markup=False, highlight=False)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        return tagger.tag(contents, pictures, progress=show)


def _print_counts(tagged: Tagged, to: Path | None, screen: Console) -> None:
    place = f" in {to}" if to is not None else ""
    screen.print(f"{len(tagged.entities):,} entities in {len(tagged):,} tweets{place}", markup=False, highlight=False)
    for name, number in tagged.counts.items():
        if number:
            screen.print(f"  {name}: {number:,}", markup=False, style="yellow")
    for note in tagged.notes:
        screen.print(f"  {note}", markup=False, style="yellow")
