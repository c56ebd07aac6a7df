"""What `benchmark data get` does and shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from mnerbench.benchmark.cli.screen import console
from mnerbench.datasets import transfer
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.download import Outcome, fetch
from mnerbench.datasets.drive import fetch_images
from mnerbench.datasets.errors import MnerbenchError


def get_datasets(names: Sequence[str], data_dir: Path, *, images: bool) -> bool:
    """Fetch several datasets; one that fails does not stop the others.

    Returns:
        Whether everything asked for is there now. Pictures that are known to be lost are not waited for.

    Raises:
        ConfigError: a name is unknown; nothing was fetched then.
    """
    cards = [load_card(name, data_dir) for name in names]
    complete = True
    for card in cards:
        try:
            complete = _get_text(card.name, data_dir) and complete
            if images:
                complete = _get_images(card.name, data_dir) and complete
        except MnerbenchError as error:
            console(stderr=True).print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
            complete = False
    return complete


def _get_text(name: str, data_dir: Path) -> bool:
    card = load_card(name, data_dir)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bars:

        def bar_of(path: str) -> transfer.Progress:
            task = bars.add_task(path, total=None, start=True)
            return lambda done, total: bars.update(task, completed=done, total=total)

        fetched = fetch(card, data_dir, bar_of)
    out = console()
    for file in fetched:
        verified = "checksum right" if file.verified else "no checksum known"
        note = "put the file there" if file.outcome is Outcome.MANUAL else verified
        out.print(f"{name}: {file.outcome.value:8} {escape(str(file.path))} ({note})", soft_wrap=True)
    if card.probe is not None:
        out.print(f"{name}: nothing to get, the corpus is generated when it is needed", soft_wrap=True)
    by_hand = any(file.outcome is Outcome.MANUAL for file in fetched)
    if by_hand:
        out.print(f"{name}: {escape(card.how_to_get)}", soft_wrap=True)
    return not by_hand


def _get_images(name: str, data_dir: Path) -> bool:
    corpus = load_corpus(name, data_dir)
    named = {example.image_id for examples in corpus.splits.values() for example in examples}
    wanted = {image for image in named if image is not None}
    unpacked = fetch_images(load_card(name, data_dir), data_dir, wanted)
    known = len(corpus.missing_images.intersection(unpacked.absent))
    console().print(
        f"{name}: {unpacked.written} pictures unpacked, {unpacked.present} were there, "
        f"{len(unpacked.absent)} are not in the archive ({known} of them known to be lost)",
        soft_wrap=True,
    )
    return corpus.missing_images.issuperset(unpacked.absent)
