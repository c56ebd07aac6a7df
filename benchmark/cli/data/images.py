"""Fetches pictures and prints the outcome, for `benchmark data get --images`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from mnerbench.benchmark.cli.console import console
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.fetching import http_download as transfer
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.fetching.disk_space import readable_size
from mnerbench.datasets.fetching.image_attempt import Listener
from mnerbench.datasets.fetching.image_fetch import ImageFetch, get_images
from mnerbench.datasets.visual.picture_check import PictureCheck

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
    for line in _lines(fetch):
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

        def bar(what: str, shown: Callable[[int], str]) -> transfer.Progress:
            task = bars.add_task(f"{name}: {what}", total=None, start=True, amount="")

            def update(done: int, total: int | None) -> None:
                of = f" of {shown(total)}" if total is not None else ""
                bars.update(task, completed=done, total=total, amount=f"{shown(done)}{of}")

            return update

        yield Listener(
            note=lambda text: err.print(f"{name}: {text}", soft_wrap=True),
            bytes_of=lambda what: bar(what, readable_size),
            pictures_of=lambda what: bar(what, "{:,}".format),
        )


def _lines(fetch: ImageFetch) -> Iterator[str]:
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
