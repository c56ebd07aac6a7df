"""`benchmark data`: fetch datasets, check them against their cards, list what is known and what is here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnerbench.benchmark.cli.options import OutputFormat, data_option, format_option

if TYPE_CHECKING:
    from mnerbench.datasets.health import PieceCount


@click.group("data")
def command() -> None:
    """Fetch, check and list datasets."""


@command.command("get")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@data_option
@click.option("--images", is_flag=True, help="Fetch the images too (Google Drive; needs the extra 'drive').")
@click.pass_context
def get(context: click.Context, names: tuple[str, ...], data: Path | None, *, images: bool) -> None:
    """Fetch datasets by pinned address and checksum. Interrupted downloads continue; nothing is overwritten.

    Exit code 1: a file has to be fetched by hand or could not be fetched, or pictures are still missing.
    """
    from mnerbench.benchmark.cli.data_get import get_datasets
    from mnerbench.datasets.catalog import data_dir

    if not get_datasets(names, data_dir(data), images=images):
        context.exit(1)


@command.command("check")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@data_option
@format_option
@click.option(
    "--encoder",
    type=click.Path(exists=True, path_type=Path),
    help="Count word pieces with the tokenizer of this encoder's folder.",
)
@click.pass_context
def check(
    context: click.Context, names: tuple[str, ...], data: Path | None, output_format: str, encoder: Path | None
) -> None:
    """Count datasets and compare them with their cards; with several names, also what they share.

    Exit code 1: a checksum, fingerprint or size is not the card's. Defects that the card knows are listed as known.
    """
    from mnerbench.benchmark.cli.data_check import check_datasets, print_checks, print_json
    from mnerbench.datasets.catalog import data_dir

    pieces = piece_count(encoder) if encoder is not None else None
    checks = check_datasets(names, data_dir(data), pieces)
    if output_format == OutputFormat.JSON:
        print_json(checks)
    else:
        print_checks(checks)
    if checks.wrong:
        context.exit(1)


@command.command("list")
@data_option
@format_option
def list_datasets(data: Path | None, output_format: str) -> None:
    """List the known datasets and whether they are here."""
    from mnerbench.benchmark.cli.data_list import dataset_rows, print_rows
    from mnerbench.datasets.catalog import data_dir

    print_rows(dataset_rows(data_dir(data)), OutputFormat(output_format))


def piece_count(encoder: Path) -> PieceCount:
    """Word pieces per word in the tokenizer of an encoder's folder, as a run cuts them.

    Raises:
        MissingInputError: there is no tokenizer in the folder.
    """
    from mnerbench.methods.layers.piece_tokenizer import PieceTokenizer
    from mnerbench.methods.layers.text_encoder import load_tokenizer

    # The row limit does not matter to single words.
    return PieceTokenizer(load_tokenizer(encoder), 512).count
