"""`benchmark data`: fetch datasets, make some of your own files, check them, list what is known and what is here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.grid_options import (
    OutputFormat,
    PossiblePath,
    cache_option,
    data_option,
    format_option,
    input_option,
    models_option,
)
from mnerbench.benchmark.cli.output import say

if TYPE_CHECKING:
    from mnerbench.benchmark.cli.data.check import Subwords


@click.group("data")
def command() -> None:
    """Fetch, import, check and list datasets."""


@command.command("get")
@click.argument("names", nargs=-1, required=True, metavar="NAME...|all")
@data_option
@click.option("--images", is_flag=True, help="Get the images too: from the card's archives, then from Google Drive.")
@click.option(
    "--from",
    "local",
    type=PossiblePath(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Take the images from this archive (zip, tar) or folder, without a download.",
)
@click.option("--source", metavar="NAME", help="Get the images from this source of the card only.")
@click.pass_context
def get(
    context: click.Context,
    names: tuple[str, ...],
    data: Path | None,
    *,
    images: bool,
    local: Path | None,
    source: str | None,
) -> None:
    """Get datasets by pinned address and checksum, with --images also their images.

    Interrupted downloads and unpacking continue; what is there is never overwritten. `all` are all datasets whose text
    has an address. --from and --source imply --images. Google Drive needs: pip install 'mnerbench[drive]'

    Exit code 1: a file has to be fetched by hand or could not be fetched, or pictures are missing that are not known to
    be lost and that no whole archive is known to lack.
    """
    from mnerbench.benchmark.cli.data.get import get_datasets
    from mnerbench.benchmark.cli.data.images import ImageOptions
    from mnerbench.datasets.catalog import data_dir

    if local is not None and source is not None:
        raise click.UsageError("--from and --source name two places to take images from: give one of them")
    wanted = ImageOptions(local, source) if images or local is not None or source is not None else None
    if not get_datasets(names, data_dir(data), wanted):
        context.exit(1)


@command.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@data_option
@format_option
@click.option(
    "--encoder",
    type=PossiblePath(exists=True, path_type=Path),
    help="Count word pieces with the tokenizer of this encoder's folder.",
)
@click.option("--trust-remote-code", is_flag=True, help="Run Python files of its tokenizer, with all your rights.")
@click.pass_context
def check(
    context: click.Context,
    /,
    *,
    names: tuple[str, ...],
    data: Path | None,
    output_format: str,
    encoder: Path | None,
    trust_remote_code: bool,
) -> None:
    """Count datasets and compare them with their cards; with several names, also what they share.

    Exit code 1: a checksum, fingerprint or size is not the card's. Defects that the card knows are listed as known.
    """
    from mnerbench.benchmark.cli.data.check import check_datasets, print_checks, print_json
    from mnerbench.datasets.catalog import data_dir

    subwords = subwords_of(encoder, remote_code=trust_remote_code) if encoder is not None else None
    checks = check_datasets(names, data_dir(data), subwords)
    if output_format == OutputFormat.JSON:
        print_json(checks)
    else:
        print_checks(checks)
    if checks.wrong:
        context.exit(1)


@command.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE|SPLIT=FILE|DIR...")
@click.option("--name", required=True, metavar="NAME", help="Of the new dataset; its folder below --data.")
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["umt", "conll", "jsonl", "json", "parquet"]),
    help="How the files are written.  [default: found out]",
)
@click.option(
    "--scheme",
    metavar="SCHEME",
    help="How labels are written: bio, iob1, bioes, bilou, io (types alone).  [default: found out]",
)
@click.option("--columns", metavar="WORD,LABEL", help="Columns of word and label: 2,4 or 1,-1.  [default: found out]")
@click.option("--tag-names", metavar="A,B|FILE", help="Names of integer labels: O,B-PER,... or a file, one per line.")
@click.option(
    "--offsets",
    type=click.Choice(["characters", "utf-16", "bytes"]),
    default="characters",
    show_default=True,
    help="What offsets of entities count.",
)
@click.option("--map", "label_map", multiple=True, metavar="OLD=NEW", help="Rename an entity type. Repeatable.")
@click.option("--force", is_flag=True, help="Overwrite a dataset of this name.")
def import_files(
    *,
    files: tuple[str, ...],
    name: str,
    data: Path | None,
    form: str | None,
    scheme: str | None,
    columns: str | None,
    tag_names: str | None,
    offsets: str,
    label_map: tuple[str, ...],
    force: bool,
) -> None:
    """Make a dataset of your own files: a folder with a card, labels in BIO, everything that was changed counted.

    Read are UMT's format, CoNLL with any columns, JSON lines or an array (words and labels, integer tags with names,
    texts with character offsets), and Parquet. A file's name says its split (train, dev, valid, test), or you do.
    """
    from mnerbench.benchmark.cli.data.import_files import import_corpus, parse_columns, parse_map, parse_tag_names
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.datasets.character_spans import Offsets
    from mnerbench.datasets.errors import ConfigError
    from mnerbench.datasets.gold_scheme import parse_scheme
    from mnerbench.datasets.importing.conversion import FileForm, ImportOptions

    try:
        parsed_scheme = parse_scheme(scheme) if scheme is not None else None
    except ValueError as error:
        raise ConfigError(f"--scheme: {error}\n  -> leave it out to have it found out") from error
    options = ImportOptions(
        form=FileForm(form) if form is not None else None,
        scheme=parsed_scheme,
        tag_names=parse_tag_names(tag_names),
        offsets=Offsets(offsets),
        columns=parse_columns(columns),
        label_map=parse_map(label_map),
    )
    import_corpus(files, name, data_dir(data), options, force=force)


@command.command("prepare")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--for", "methods", metavar="A,B", help="Make what these methods read.")
@input_option
@data_option
@models_option
@cache_option
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--lost-pictures",
    type=click.Choice(["mask", "umt"]),
    default="mask",
    show_default=True,
    help="What stands for lost pictures, as in a suite: nothing, or UMT's replacement.",
)
@click.pass_context
def prepare(
    context: click.Context,
    /,
    *,
    names: tuple[str, ...],
    methods: str | None,
    inputs: tuple[str, ...],
    data: Path | None,
    models: Path | None,
    cache: Path | None,
    device: str,
    lost_pictures: str,
) -> None:
    """Make the visual inputs of datasets, once per picture: features, regions, captions, text in the picture.

    What is made is never made again; interrupted work goes on where it stopped. `benchmark run` does this by itself.
    Exit code 1: something could not be made.
    """
    from mnerbench.benchmark.cli.data.prepare import prepare_dataset, wanted_sources
    from mnerbench.benchmark.planning.overrides import names_in, parse_inputs
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.datasets.catalog import cache_dir, data_dir
    from mnerbench.datasets.pretrained import models_dir
    from mnerbench.datasets.visual.pictures import LostPictures

    check_device(device)
    given = parse_inputs(inputs)
    wanted = wanted_sources(names_in(methods or ""), given)
    materials = LocalResources(RunPaths(data_dir(data), models_dir(models), Path(), cache_dir(cache), device=device))
    complete = [prepare_dataset(name, wanted, materials, LostPictures(lost_pictures)) for name in names]
    if not all(complete):
        context.exit(1)


@command.command("look")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--split", type=click.Choice(["train", "valid", "test"]), default="test", show_default=True)
@click.option("--count", type=click.IntRange(1, 500), default=12, show_default=True, help="Tweets per dataset.")
@click.option(
    "--to",
    type=PossiblePath(dir_okay=False, path_type=Path),
    default=Path("look.html"),
    show_default=True,
    metavar="FILE",
)
@data_option
@cache_option
def look(*, names: tuple[str, ...], split: str, count: int, to: Path, **folders: Path | None) -> None:
    """Write a page that shows tweets with their pictures, entities and what files say of the pictures."""
    from mnerbench.benchmark.cli.data.browse import look_at
    from mnerbench.datasets.atomic_files import write_atomically
    from mnerbench.datasets.catalog import cache_dir, data_dir

    write_atomically(to, look_at(names, data_dir(folders["data"]), cache_dir(folders["cache"]), split, count))
    say(f"page: {to}")


@command.command("list")
@data_option
@format_option
def list_datasets(data: Path | None, output_format: str) -> None:
    """List the known datasets and whether they are here."""
    from mnerbench.benchmark.cli.data.listing import print_rows
    from mnerbench.datasets.catalog import data_dir
    from mnerbench.datasets.catalog.listing import dataset_rows

    print_rows(dataset_rows(data_dir(data)), OutputFormat(output_format))


def subwords_of(encoder: Path, *, remote_code: bool = False) -> Subwords:
    """What the tokenizer of an encoder's folder makes of words.

    Raises:
        MissingInputError: there is no tokenizer in the folder, or it needs code that may not be run.
    """
    from mnerbench.benchmark.cli.data.check import Subwords
    from mnerbench.methods.encoders.letter_case import case_misfit
    from mnerbench.methods.encoders.remote_code import runs_code
    from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
    from mnerbench.methods.encoders.text_encoder import load_tokenizer

    tokenizer = load_tokenizer(encoder, remote_code=runs_code(encoder, trusted=remote_code))
    # The row limit does not matter to single words.
    words = SubwordTokenizer(tokenizer, 512)
    return Subwords(words.count, words.count_unknown, case_misfit(tokenizer))
