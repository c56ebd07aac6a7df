"""Fetches datasets and prints the outcome, for `benchmark data get`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from mnerbench.benchmark.cli.console import console
from mnerbench.benchmark.cli.data.images import ImageOptions, get_dataset_images
from mnerbench.benchmark.cli.output import say_error
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.fetching import http_download as transfer
from mnerbench.datasets.fetching.download import Outcome, fetch

ALL = "all"


def get_datasets(names: Sequence[str], data_dir: Path, images: ImageOptions | None = None) -> bool:
    """Fetch several datasets; a failure does not stop the others.

    Args:
        names: names of datasets; `all` stands for every dataset whose texts have URLs.
        data_dir: the data folder.
        images: sources of the pictures; None fetches only the texts.

    Returns:
        Whether everything is there now, except pictures that are known to be lost.

    Raises:
        ConfigError: a name is unknown; nothing was fetched.
    """
    cards = [load_card(name, data_dir) for name in _expanded(names, data_dir)]
    complete = True
    for card in cards:
        try:
            complete = _get_text(card.name, data_dir) and complete
            if images is not None:
                complete = get_dataset_images(card.name, data_dir, images) and complete
        except MnerbenchError as error:
            say_error(error)
            complete = False
    return complete


def _expanded(names: Sequence[str], data_dir: Path) -> list[str]:
    all_names = card_names(data_dir)
    expanded: list[str] = []
    for name in names:
        expanded += _with_addresses(all_names, data_dir) if name == ALL and ALL not in all_names else [name]
    return list(dict.fromkeys(expanded))


def _with_addresses(names: Sequence[str], data_dir: Path) -> list[str]:
    cards = [load_card(name, data_dir) for name in names]
    return [card.name for card in cards if card.files and all(file.url for file in card.files.values())]


def _get_text(name: str, data_dir: Path) -> bool:
    card = load_card(name, data_dir)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    err = console(stderr=True)
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:

        def bar_of(path: str) -> transfer.Progress:
            task = bars.add_task(path, total=None, start=True)
            return lambda done, total: bars.update(task, completed=done, total=total)

        fetched = fetch(card, data_dir, bar_of)
    out = console()
    for file in fetched:
        verified = "checksum correct" if file.verified else "no checksum known"
        note = "put the file there" if file.outcome is Outcome.MANUAL else verified
        out.print(f"{name}: {file.outcome.value:8} {file.path} ({note})", soft_wrap=True)
    if card.probe is not None:
        out.print(f"{name}: nothing to fetch, the corpus is generated on demand", soft_wrap=True)
    by_hand = any(file.outcome is Outcome.MANUAL for file in fetched)
    if by_hand:
        out.print(f"{name}: {card.how_to_get}", soft_wrap=True)
    return not by_hand
