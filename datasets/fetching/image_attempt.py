"""One attempt at a dataset's pictures: what is wanted, what its sources gave so far, and why others gave nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.fetching.archives import Unpacked, unpack_pictures
from mnerbench.datasets.fetching.http_download import Progress
from mnerbench.datasets.fetching.image_download import archive_lock, obtain_archive, saved_archive
from mnerbench.datasets.fetching.image_messages import nothing_here, nothing_in_it
from mnerbench.datasets.fetching.image_receipt import add_receipt, receipt_of
from mnerbench.datasets.fetching.image_sources import ImageSource
from mnerbench.datasets.http_redirects import TransferError
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures
from mnerbench.datasets.waiting_lock import waiting_lock

LOCAL = "local"
"""The name of an archive or folder that the user has, where published sources have names of their own."""


def _silent(_: str) -> Progress:
    return lambda *_: None


@dataclass(frozen=True)
class Listener:
    """Who is told what happens.

    Attributes:
        note: gets a sentence whenever something is begun or went wrong.
        bytes_of: asked for the progress of a download, by what is downloaded.
        pictures_of: asked for the progress of work on pictures, by what is done with them.
    """

    note: Callable[[str], None] = lambda _: None
    bytes_of: Callable[[str], Progress] = _silent
    pictures_of: Callable[[str], Progress] = _silent


@dataclass
class ImageAttempt:
    """An attempt, which changes while sources are read.

    Attributes:
        card: of the dataset.
        folder: of the dataset, `<data>/<dataset>/`.
        wanted: image ids that tweets name and that are not known to be lost.
        listener: is told what happens.
        unpacked: what each source gave that was read, by its name.
        failures: why others gave nothing, by their title.
    """

    card: DatasetCard
    folder: Path
    wanted: Collection[str]
    listener: Listener
    unpacked: list[tuple[str, Unpacked]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def images(self) -> Path:
        """The folder of the pictures."""
        return self.folder / IMAGE_FOLDER

    @property
    def missing(self) -> set[str]:
        """Wanted pictures that are not there now."""
        return set(self.wanted) - find_pictures(self.images, self.wanted).keys()

    def tell_of_waiting(self) -> None:
        """Say that another process is at it."""
        self.listener.note("another process is getting these images; waiting for it")

    def take_local(self, path: Path) -> None:
        """Unpack an archive or copy from a folder that the user has.

        Raises:
            MissingInputError: no wanted picture is in it.
            DataError: it cannot be read.
        """
        if not self.missing:
            return
        unpacked = self._unpack(path, LOCAL)
        if not unpacked.held:
            raise MissingInputError(nothing_in_it(self.card, path, unpacked, len(self.wanted)))
        listed = [item.pictures for item in (*self.card.archives, *self.card.drive) if item.pictures is not None]
        whole = path.is_file() and any(unpacked.pictures >= count for count in listed)
        add_receipt(self.folder, receipt_of(LOCAL, str(path), path, unpacked, whole=whole))

    def take_published(self, sources: Sequence[ImageSource], spent: Collection[str] | None) -> None:
        """Try sources in turn, until nothing is missing or one was read that is known to be whole.

        Args:
            sources: of the card.
            spent: names of those that were read before and lack what is missing; None when none is to be tried.

        Raises:
            MissingInputError: none gave anything.
        """
        untried = [source for source in sources if spent is not None and source.name not in spent]
        for source in untried:
            if not self.missing:
                return
            if self._take(source):
                return
        if not sources or (self.failures and not any(unpacked.held for _, unpacked in self.unpacked)):
            there = len(self.wanted) - len(self.missing)
            raise MissingInputError(nothing_here(self.card, sources, self.failures, self.images, there))

    def _take(self, source: ImageSource) -> bool:
        """Whether a source was read that is known to be whole."""
        try:
            with waiting_lock(archive_lock(source), self.tell_of_waiting):
                self._read(source)
        except (TransferError, MissingInputError, DataError) as error:
            reason = str(error).partition("\n")[0]
            self.failures.append((source.title, reason))
            self.listener.note(f"{source.name}: {reason}")
            return False
        return source.item.pictures is not None

    def _read(self, source: ImageSource) -> None:
        """Unpack the archive of a source.

        Raises:
            TransferError, MissingInputError, DataError: it cannot be had or read, or is not what its card describes.
        """
        saved = saved_archive(source)
        self.listener.note(f"getting {source.title}" if saved is None else f"{source.name}: unpacking {saved}")
        archive = obtain_archive(source, self.listener.bytes_of(source.name))
        try:
            unpacked = self._unpack(archive.path, source.name)
            _judge(source, unpacked)
        except DataError as error:
            reason = str(error).partition("\n")[0].removeprefix(f"{archive.path}: ")
            if archive.fetched:
                archive.discard()
                raise DataError(reason) from error
            unusable = f"{reason}; this is the saved file {archive.path}, delete it to fetch it again"
            raise DataError(f"{unusable}\n  -> rm {archive.path}") from error
        whole = source.item.pictures is not None
        add_receipt(self.folder, receipt_of(source.name, source.page, archive.path, unpacked, whole=whole))

    def _unpack(self, archive: Path, name: str) -> Unpacked:
        progress = self.listener.pictures_of("unpacking pictures")
        result = unpack_pictures(archive, self.images, self.wanted, progress=progress)
        self.unpacked.append((name, result))
        return result


def _judge(source: ImageSource, unpacked: Unpacked) -> None:
    listed = source.item.pictures
    if not unpacked.held:
        raise DataError(f"none of its {unpacked.pictures:,} picture files is named like a picture of a tweet")
    if listed is not None and unpacked.pictures < listed:
        raise DataError(f"it holds {unpacked.pictures:,} picture files, {listed:,} are listed for it")
