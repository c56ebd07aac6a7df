"""One attempt to get a dataset's pictures: the wanted pictures, the results of the sources, and their failures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.fetching.archives import Unpacked, unpack_pictures
from mnerbench.datasets.fetching.http_download import Progress
from mnerbench.datasets.fetching.image_download import archive_lock, obtain_archive, saved_archive, waiting_lock
from mnerbench.datasets.fetching.image_messages import no_match_message, no_source_message
from mnerbench.datasets.fetching.image_receipt import add_receipt, receipt_of
from mnerbench.datasets.fetching.image_sources import ImageSource
from mnerbench.datasets.http_requests import TransferError
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER, find_pictures

LOCAL = "local"
"""The source name of an archive or folder of the user."""


def _silent(_: str) -> Progress:
    return lambda *_: None


@dataclass(frozen=True)
class Listener:
    """Receives the progress of an attempt.

    Attributes:
        note: called with a sentence whenever a step begins or fails.
        bytes_of: makes the progress callback of a download from its name.
        pictures_of: makes the progress callback of work on pictures from its description.
    """

    note: Callable[[str], None] = lambda _: None
    bytes_of: Callable[[str], Progress] = _silent
    pictures_of: Callable[[str], Progress] = _silent


@dataclass
class ImageAttempt:
    """The state of an attempt, updated while sources are read.

    Attributes:
        card: the dataset's card.
        folder: the dataset's folder, `<data>/<dataset>/`.
        wanted: ids of images that tweets name and that are not known to be lost.
        listener: receives the progress.
        unpacked: (source name, result) of each source that was read.
        failures: (source title, reason) of each source that failed.
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
        """Wanted pictures that are currently missing."""
        return set(self.wanted) - find_pictures(self.images, self.wanted).keys()

    def note_waiting(self) -> None:
        """Report that another process holds the lock."""
        self.listener.note("another process is getting these images; waiting for it")

    def import_local(self, path: Path) -> None:
        """Unpack an archive of the user, or copy from a folder of the user.

        Raises:
            MissingInputError: it contains no wanted picture.
            DataError: it cannot be read.
        """
        if not self.missing:
            return
        unpacked = self._unpack(path, LOCAL)
        if not unpacked.matching:
            raise MissingInputError(no_match_message(self.card, path, unpacked, len(self.wanted)))
        listed = [item.pictures for item in (*self.card.archives, *self.card.drive) if item.pictures is not None]
        whole = path.is_file() and any(unpacked.pictures >= count for count in listed)
        add_receipt(self.folder, receipt_of(LOCAL, str(path), path, unpacked, whole=whole))

    def fetch_published(self, sources: Sequence[ImageSource], exhausted: Collection[str] | None) -> None:
        """Try sources in turn, until nothing is missing or a source that is known to be complete was read.

        Args:
            sources: the sources of the card.
            exhausted: names of sources that were read before and lack the missing pictures; None to try none.

        Raises:
            MissingInputError: no source had any wanted picture.
        """
        untried = [source for source in sources if exhausted is not None and source.name not in exhausted]
        for source in untried:
            if not self.missing:
                return
            if self._try_source(source):
                return
        if not sources or (self.failures and not any(unpacked.matching for _, unpacked in self.unpacked)):
            present = len(self.wanted) - len(self.missing)
            raise MissingInputError(no_source_message(self.card, sources, self.failures, self.images, present))

    def _try_source(self, source: ImageSource) -> bool:
        """Read a source; return whether it was read and is known to be complete."""
        try:
            with waiting_lock(archive_lock(source), self.note_waiting):
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
            TransferError, MissingInputError, DataError: it cannot be fetched or read, or does not match its card.
        """
        saved = saved_archive(source)
        self.listener.note(f"getting {source.title}" if saved is None else f"{source.name}: unpacking {saved}")
        archive = obtain_archive(source, self.listener.bytes_of(source.name))
        try:
            unpacked = self._unpack(archive.path, source.name)
            _require_complete(source, unpacked)
        except DataError as error:
            reason = str(error).partition("\n")[0].removeprefix(f"{archive.path}: ")
            if archive.fetched:
                archive.discard()
                raise DataError(reason) from error
            unusable = f"{reason}; delete the saved file {archive.path} to fetch it again"
            raise DataError(f"{unusable}\n  -> rm {archive.path}") from error
        whole = source.item.pictures is not None
        add_receipt(self.folder, receipt_of(source.name, source.page, archive.path, unpacked, whole=whole))

    def _unpack(self, archive: Path, name: str) -> Unpacked:
        progress = self.listener.pictures_of("unpacking pictures")
        result = unpack_pictures(archive, self.images, self.wanted, progress=progress)
        self.unpacked.append((name, result))
        return result


def _require_complete(source: ImageSource, unpacked: Unpacked) -> None:
    listed = source.item.pictures
    if not unpacked.matching:
        raise DataError(f"none of its {unpacked.pictures:,} picture files is named like a picture of a tweet")
    if listed is not None and unpacked.pictures < listed:
        raise DataError(f"it holds {unpacked.pictures:,} of the {listed:,} picture files that its publisher lists")
