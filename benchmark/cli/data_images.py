"""What `benchmark data get --images` does and shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TransferSpeedColumn

from mnerbench.benchmark.cli.screen import console
from mnerbench.datasets import transfer
from mnerbench.datasets.archives import Unpacked
from mnerbench.datasets.catalog import load_card, load_corpus
from mnerbench.datasets.disk_space import readable_size
from mnerbench.datasets.image_attempt import Listener
from mnerbench.datasets.image_fetch import ImageFetch, get_images
from mnerbench.datasets.visual.picture_check import PictureCheck

_NAMED = 5


@dataclass(frozen=True)
class ImageOptions:
    """Where pictures are taken from; by default from the card's sources in order.

    Attributes:
        given: an archive or folder that is here.
        source: the name of one of the sources.
    """

    given: Path | None = None
    source: str | None = None


def get_dataset_images(name: str, data_dir: Path, options: ImageOptions) -> bool:
    """Get the pictures of one dataset and print what is there.

    Returns:
        Whether all pictures are there that can be had: those known to be lost, and those that an archive lacks which is
        known to be whole, are not waited for.
    """
    card = load_card(name, data_dir)
    if card.probe is not None:
        console().print(f"{name}: no images to get, they are drawn when they are needed", soft_wrap=True)
        return True
    corpus = load_corpus(name, data_dir)
    with _listener(name) as listener:
        fetch = get_images(card, corpus, data_dir, given=options.given, source_name=options.source, listener=listener)
    for line in _lines(fetch):
        console().print(f"{name}: {escape(line)}", soft_wrap=True)
    check = fetch.check
    return (not check.missing or fetch.exhausted) and (bool(check.usable) or not check.named)


@contextmanager
def _listener(name: str) -> Iterator[Listener]:
    err = console(stderr=True)
    text, bar = TextColumn("{task.description}"), BarColumn()
    with (
        Progress(text, bar, DownloadColumn(), TransferSpeedColumn(), console=err, transient=True) as downloads,
        Progress(text, bar, MofNCompleteColumn(), console=err, transient=True) as steps,
    ):

        def of(bars: Progress, what: str) -> transfer.Progress:
            task = bars.add_task(f"{name}: {what}", total=None, start=True)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield Listener(
            note=lambda text: err.print(f"{name}: {escape(text)}", soft_wrap=True),
            bytes_of=lambda what: of(downloads, what),
            pictures_of=lambda what: of(steps, what),
        )


def _lines(fetch: ImageFetch) -> Iterator[str]:
    for source, unpacked in fetch.unpacked:
        yield f"{unpacked.written:,} pictures unpacked, {unpacked.present:,} were there ({source})"
        absent, lost = len(unpacked.absent), len(fetch.check.lost)
        yield f"{absent + lost:,} are not in the archive ({lost:,} of them known to be lost)"
        yield from _about_duplicates(unpacked)
    yield pictures_line(fetch.check)
    yield from picture_details(fetch.check)
    if fetch.check.missing and fetch.exhausted:
        yield "the archive is whole, so no other copy of it has what is missing"
    if fetch.check.missing and fetch.unread:
        yield f"perhaps another source has it: --source {' or '.join(fetch.unread)}"
    for path in fetch.saved:
        yield f"the archive is kept, and can be deleted: {path} ({readable_size(path.stat().st_size)})"


def _about_duplicates(unpacked: Unpacked) -> Iterator[str]:
    if unpacked.decided:
        yield (
            f"{len(unpacked.decided):,} have one name but different content in several folders; "
            f"taken from {unpacked.folder or 'the top'!r} first: {_some(unpacked.decided)}"
        )
    if unpacked.undecided:
        yield (
            f"{len(unpacked.undecided):,} left out: folders with equal claim hold different pictures of that name: "
            f"{_some(unpacked.undecided)}"
        )


def pictures_line(check: PictureCheck) -> str:
    """How many pictures are there, missing, unusable and lost."""
    there = f"{len(check.usable) + len(check.unusable):,} of {check.named:,} there"
    lost = f", {len(check.lost):,} known to be lost" if check.lost else ""
    return f"images: {there}, {len(check.missing):,} missing, {len(check.unusable):,} unusable{lost}"


def picture_details(check: PictureCheck) -> Iterator[str]:
    """Which pictures are missing or unusable, and why: some of them."""
    if check.missing:
        yield f"missing: {_some(check.missing)}"
    for image, reason in list(check.unusable.items())[:_NAMED]:
        yield f"unusable: {image} ({reason})"
    if len(check.unusable) > _NAMED:
        yield f"unusable: and {len(check.unusable) - _NAMED:,} more"
    if check.unusable:
        yield "unusable pictures count as none; delete their files and run again to take them anew"


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
