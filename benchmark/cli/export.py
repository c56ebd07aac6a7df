"""`benchmark export`: writes a kept tagger as a folder that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from mnerbench.benchmark.cli.options import PossiblePath, data_option, out_option
from mnerbench.benchmark.cli.verb import Verb

if TYPE_CHECKING:
    from mnerbench.benchmark.exporting.exported import Exported


@click.command("export", cls=Verb)
@click.argument("run", metavar="RUN")
@click.argument("folder", metavar="[FOLDER]", required=False, type=PossiblePath(path_type=Path))
@click.option(
    "--to",
    type=click.Choice(["hf"]),
    default="hf",
    show_default=True,
    help="hf: a folder for transformers and the Hugging Face hub, with a model card.",
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "standard", "mnerbench"]),
    default="auto",
    show_default=True,
    help="Class that loads it. standard: AutoModelForTokenClassification, without this package. mnerbench: AutoModel "
    "after `import mnerbench.hf`. auto: standard where it computes exactly the same.",
)
@data_option
@out_option
def command(
    *,
    run: str,
    folder: Path | None,
    to: Literal["hf"],
    kind: Literal["auto", "standard", "mnerbench"],
    data: Path | None,
    out: Path,
) -> None:
    """Write the tagger of RUN to FOLDER, as transformers loads it.

    RUN is a folder of a run, its identity, or the name of its method if --out has one tagger of it (`benchmark clean`
    lists them). FOLDER has to be absent or empty; without it, exported/METHOD-DATASET. The model card, README.md, is
    made from the record. Nothing is uploaded.
    """
    from mnerbench.benchmark.api.tagging import export

    _print(export(run, folder, to=to, kind=kind, out=out, data=data))


def _print(exported: Exported) -> None:
    from mnerbench.benchmark.display.console import console

    screen = console()
    screen.print(f"{exported.folder}: {exported.bytes / 1e6:,.1f} MB; read its README.md first", markup=False)
    loads = "AutoModelForTokenClassification, without this package"
    if exported.kind != "standard":
        loads = "AutoModel of transformers, after `import mnerbench.hf`"
    screen.print(f"  loads with {loads}", markup=False)
    for note in exported.notes:
        screen.print(f"  {note}", markup=False, style="yellow")
