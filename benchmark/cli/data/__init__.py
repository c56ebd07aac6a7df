"""`benchmark data`: fetches, imports, checks, prepares, shows and lists datasets."""

from __future__ import annotations

from pathlib import Path

import click

from mnerbench.benchmark.cli.options import (
    OutputFormat,
    PossiblePath,
    cache_option,
    data_option,
    format_option,
    input_option,
    models_option,
)
from mnerbench.benchmark.cli.verb import Verb
from mnerbench.benchmark.display.output import say


class DataVerbs(click.Group):
    """The group of the verbs of `benchmark data`."""

    command_class = Verb


@click.group("data", cls=DataVerbs)
def command() -> None:
    """Fetch, import, check, prepare, show and list datasets."""


@command.command("get")
@click.argument("names", nargs=-1, required=True, metavar="NAME...|all")
@data_option
@click.option(
    "--images",
    is_flag=True,
    help="Also fetch the images: from the archives of the dataset card, then from Google Drive.",
)
@click.option(
    "--from",
    "local",
    type=PossiblePath(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="Take the images from a local archive (zip, tar) or folder.",
)
@click.option("--source", metavar="NAME", help="Fetch the images only from this source of the card.")
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
    """Fetch datasets from pinned URLs and verify their checksums.

    Interrupted downloads and extractions resume; existing files are never overwritten. `all` stands for all datasets
    whose texts have URLs. --from and --source imply --images. Google Drive needs: pip install 'mnerbench[drive]'

    Exit code 1: a file could not be fetched or has to be fetched by hand, or images are missing, except those known to
    be lost or absent from a complete archive.
    """
    from mnerbench.benchmark.cli.data.get import ImageOptions, get_datasets
    from mnerbench.datasets.catalog import data_dir

    if local is not None and source is not None:
        raise click.UsageError("--from and --source are two sources of images: give one of them")
    options = ImageOptions(local, source) if images or local is not None or source is not None else None
    if not get_datasets(names, data_dir(data), options):
        context.exit(1)


@command.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@data_option
@format_option
@click.option(
    "--encoder",
    type=PossiblePath(exists=True, path_type=Path),
    help="Count subwords with the tokenizer in this encoder folder.",
)
@click.option("--trust-remote-code", is_flag=True, help="Run the Python files of the tokenizer, with your permissions.")
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
    """Compute statistics of datasets and verify them against their cards.

    Several datasets are also checked for shared tweets. Exit code 1: a checksum, fingerprint or size differs from the
    card. Defects that the card documents are listed as known.
    """
    from mnerbench.benchmark.cli.data.check import check_datasets, print_checks, print_json, subwords_of
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
@click.option("--name", required=True, metavar="NAME", help="Name of the new dataset and of its folder in --data.")
@data_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["umt", "conll", "jsonl", "json", "parquet"]),
    help="Format of the files.  [default: detected]",
)
@click.option(
    "--scheme",
    metavar="SCHEME",
    help="Label scheme: bio, iob1, bioes, bilou, io (types alone).  [default: detected]",
)
@click.option("--columns", metavar="WORD,LABEL", help="Columns of word and label: 2,4 or 1,-1.  [default: detected]")
@click.option(
    "--tag-names", metavar="A,B|FILE", help="Names of integer labels: O,B-PER,... or a file with one name per line."
)
@click.option(
    "--offsets",
    type=click.Choice(["characters", "utf-16", "bytes"]),
    default="characters",
    show_default=True,
    help="Unit of entity offsets.",
)
@click.option("--map", "label_map", multiple=True, metavar="OLD=NEW", help="Rename an entity type. Repeatable.")
@click.option("--force", is_flag=True, help="Overwrite an existing dataset of this name.")
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
    """Import your own files as a dataset.

    The dataset is a folder with a card and labels in BIO; all changes to the labels are counted. Supported are UMT's
    format, CoNLL with any columns, JSON lines or a JSON array (words and labels, integer tags with names, texts with
    character offsets), and Parquet. The file name or SPLIT=FILE sets the split (train, dev, valid, test).
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
        raise ConfigError(f"--scheme: {error}\n  -> leave it out to detect it") from error
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
@click.option("--for", "methods", metavar="A,B", help="Prepare the inputs of these methods.")
@input_option
@data_option
@models_option
@cache_option
@click.option("--device", default="auto", show_default=True, help="Device: auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--lost-pictures",
    type=click.Choice(["mask", "umt"]),
    default="mask",
    show_default=True,
    help="Treatment of lost pictures, as in a suite: mask them, or use UMT's replacement picture.",
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
    """Prepare the visual inputs of datasets.

    These are features, regions, captions and OCR text. Each picture is processed once; interrupted work resumes.
    `benchmark run` prepares inputs by itself. Exit code 1: an input could not be prepared.
    """
    from mnerbench.benchmark.cli.data.prepare import prepare_dataset, required_sources
    from mnerbench.benchmark.planning.overrides import names_in, parse_inputs
    from mnerbench.benchmark.resources.device import check_device
    from mnerbench.benchmark.resources.local import LocalResources
    from mnerbench.benchmark.resources.paths import RunPaths
    from mnerbench.datasets.visual.lost_pictures import LostPictures

    check_device(device)
    sources = required_sources(names_in(methods or ""), parse_inputs(inputs))
    resources = LocalResources(RunPaths.resolve(data=data, models=models, cache=cache, device=device))
    complete = [prepare_dataset(name, sources, resources, LostPictures(lost_pictures)) for name in names]
    if not all(complete):
        context.exit(1)


@command.command("look")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option(
    "--split", type=click.Choice(["train", "valid", "test"]), default="test", show_default=True, help="Split to show."
)
@click.option("--count", type=click.IntRange(1, 500), default=12, show_default=True, help="Tweets per dataset.")
@click.option(
    "--to",
    type=PossiblePath(dir_okay=False, path_type=Path),
    default=Path("look.html"),
    show_default=True,
    metavar="FILE",
    help="HTML file to write.",
)
@data_option
@cache_option
def look(*, names: tuple[str, ...], split: str, count: int, to: Path, **folders: Path | None) -> None:
    """Write an HTML page with tweets, pictures and entities.

    The page also has the texts about the pictures, such as captions.
    """
    from mnerbench.benchmark.cli.data.look import look_at
    from mnerbench.datasets.atomic_files import write_atomically
    from mnerbench.datasets.catalog import cache_dir, data_dir

    write_atomically(to, look_at(names, data_dir(folders["data"]), cache_dir(folders["cache"]), split, count))
    say(f"page: {to}")


@command.command("list")
@data_option
@format_option
def list_datasets(data: Path | None, output_format: str) -> None:
    """List the known datasets and whether they are in the data folder."""
    from mnerbench.benchmark.cli.listing import print_datasets

    print_datasets(data, output_format)
