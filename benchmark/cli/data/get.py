"""Fetches datasets and their pictures and prints the outcome, for `benchmark data get`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from mnerbench.benchmark.display.console import console
from mnerbench.benchmark.display.output import say_error
from mnerbench.datasets.catalog import card_names, load_card, load_corpus
from mnerbench.datasets.errors import MnerbenchError
from mnerbench.datasets.fetching import http_download as transfer
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.fetching.disk_space import readable_size
from mnerbench.datasets.fetching.download import Outcome, fetch
from mnerbench.datasets.fetching.image_attempt import Listener
from mnerbench.datasets.fetching.image_fetch import ImageFetch, get_images
from mnerbench.datasets.visual.picture_check import PictureCheck

ALL = "all"
_MOST_NAMES = 5


@dataclass(frozen=True)
class ImageOptions:
    """Sources of the pictures; by default all sources of the card in order.

    Attributes:
        local: a local archive or folder.
        source: the name of one source of the card.
    """

    local: Path | None = None
    source: str | None = None


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


def get_dataset_images(name: str, data_dir: Path, options: ImageOptions) -> bool:
    """Fetch the pictures of one dataset and print the outcome.

    Returns:
        Whether all pictures are there, except those known to be lost or absent from a complete archive.
    """
    card = load_card(name, data_dir)
    if card.probe is not None:
        console().print(f"{name}: no images to fetch, they are drawn on demand", soft_wrap=True)
        return True
    corpus = load_corpus(name, data_dir)
    with image_listener(name) as listener:
        fetch = get_images(card, corpus, data_dir, local=options.local, source_name=options.source, listener=listener)
    for line in _image_lines(fetch):
        console().print(f"{name}: {line}", soft_wrap=True)
    check = fetch.check
    return (not check.missing or fetch.exhausted) and (bool(check.usable) or not check.named)


@contextmanager
def image_listener(name: str) -> Iterator[Listener]:
    """Show notes and progress of work on a dataset's pictures on stderr; progress bars only on a terminal."""
    err = console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(),
    )
    # One display for all bars: older versions of rich do not support a second one at the same time.
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:

        def bar(what: str, format_count: Callable[[int], str]) -> transfer.Progress:
            task = bars.add_task(f"{name}: {what}", total=None, start=True, amount="")

            def update(done: int, total: int | None) -> None:
                of = f" of {format_count(total)}" if total is not None else ""
                bars.update(task, completed=done, total=total, amount=f"{format_count(done)}{of}")

            return update

        yield Listener(
            note=lambda text: err.print(f"{name}: {text}", soft_wrap=True),
            bytes_of=lambda what: bar(what, readable_size),
            pictures_of=lambda what: bar(what, "{:,}".format),
        )


def _image_lines(fetch: ImageFetch) -> Iterator[str]:
    for source, unpacked in fetch.unpacked:
        yield f"{unpacked.written:,} pictures unpacked, {unpacked.present:,} already present ({source})"
        absent, lost = len(unpacked.absent), len(fetch.check.lost)
        yield f"{absent + lost:,} are not in the archive ({lost:,} of them known to be lost)"
        yield from _duplicate_lines(unpacked)
    yield pictures_line(fetch.check)
    yield from picture_details(fetch.check)
    if fetch.check.missing and fetch.exhausted:
        yield "the archive is complete: the missing pictures are not in it"
    if fetch.check.missing and fetch.unread:
        yield f"other sources may have the missing pictures: --source {' or '.join(fetch.unread)}"
    for path in fetch.saved:
        yield f"this archive can be deleted ({readable_size(path.stat().st_size)}): {path}"


def _duplicate_lines(unpacked: Unpacked) -> Iterator[str]:
    if unpacked.decided:
        folder = unpacked.folder or "the top folder"
        yield f"{len(unpacked.decided):,} are in several folders with different content; {folder} takes precedence"
        yield f"  namely: {_some(unpacked.decided)}"
    if unpacked.undecided:
        yield f"{len(unpacked.undecided):,} left out: several folders have different pictures of that name"
        yield f"  namely: {_some(unpacked.undecided)}"


def pictures_line(check: PictureCheck) -> str:
    """Format the numbers of present, missing, unusable and lost pictures."""
    present = f"{len(check.usable) + len(check.unusable):,} of {check.named:,} present"
    lost = f", {len(check.lost):,} known to be lost" if check.lost else ""
    return f"images: {present}, {len(check.missing):,} missing, {len(check.unusable):,} unusable{lost}"


def picture_details(check: PictureCheck) -> Iterator[str]:
    """Yield the first missing and unusable pictures, with reasons."""
    if check.missing:
        yield f"missing: {_some(check.missing)}"
    for image, reason in list(check.unusable.items())[:_MOST_NAMES]:
        yield f"unusable: {image} ({reason})"
    if len(check.unusable) > _MOST_NAMES:
        yield f"unusable: and {len(check.unusable) - _MOST_NAMES:,} more"
    if check.unusable:
        yield "unusable pictures count as absent; if one was damaged on this machine, delete it and run again"


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMES:,} more" if len(ids) > _MOST_NAMES else ""
    return ", ".join(ids[:_MOST_NAMES]) + more
