"""Local archives of published sources: saved ones or downloads, verified if a checksum is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.card import DriveItem
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.fetching.disk_space import require_space
from mnerbench.datasets.fetching.drive import fetch_drive_file, partial_files
from mnerbench.datasets.fetching.http_download import Progress, ResumingDownload
from mnerbench.datasets.fetching.image_sources import ImageSource
from mnerbench.datasets.http_requests import TransferError, short_reason
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

_ATTEMPTS = 5
_DEFAULT_LIMIT = 8 << 30


@dataclass(frozen=True)
class Archive:
    """An archive on this machine.

    Attributes:
        path: its path.
        fetched: whether this call downloaded it.
    """

    path: Path
    fetched: bool

    def discard(self) -> None:
        """Delete an unusable download; an archive that existed before belongs to the user and stays."""
        if self.fetched:
            self.path.unlink(missing_ok=True)


def obtain_archive(source: ImageSource, progress: Progress | None = None) -> Archive:
    """The archive of a source: saved, saved for another dataset, or downloaded now.

    Args:
        source: the source.
        progress: receives the bytes of the download.

    Raises:
        TransferError: the download failed; the text is the reason.
        MissingInputError: the download needs a library that is not installed.
        DataError: the checksum differs from the card's.
        DiskError: the archive cannot be written, or there is not enough space for it and its content.
    """
    saved = saved_archive(source)
    if saved is not None:
        archive = Archive(saved, fetched=False)
    else:
        _download(source, progress)
        archive = Archive(source.path, fetched=True)
    if source.item.sha256 is not None and (actual := sha256_of(archive.path)) != source.item.sha256:
        archive.discard()
        remedy = "delete it and run again" if not archive.fetched else "it was deleted; try again later"
        raise DataError.at(archive.path, None, f"sha256 is {actual}, the card says {source.item.sha256}", remedy)
    return archive


def archive_lock(source: ImageSource) -> Path:
    """The lock file to hold while an archive is fetched and read: two datasets may share it."""
    return source.path.with_name(f".{source.path.name}.lock")


def saved_archive(source: ImageSource) -> Path | None:
    """The archive's file if it is already on this machine, else None."""
    return next((path for path in (source.path, *source.elsewhere) if path.is_file()), None)


def resumable_bytes(source: ImageSource) -> int:
    """Bytes of an interrupted download that the next one resumes from, if the server supports it."""
    parts = [_part(source), *partial_files(source.path)]
    return sum(part.stat().st_size for part in parts if part.exists())


def _part(source: ImageSource) -> Path:
    return source.path.with_name(source.path.name + ".part")


def _download(source: ImageSource, progress: Progress | None) -> None:
    from requests.exceptions import RequestException

    item, path = source.item, source.path
    limit = 2 * item.size if item.size is not None else _DEFAULT_LIMIT
    if item.size is not None:
        # Pictures hardly compress, so an archive's content is about as large as the archive.
        require_space(path.parent, 2 * item.size - resumable_bytes(source))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(item, DriveItem):
            fetch_drive_file(item.id, path, limit, progress)
            return
        download = ResumingDownload(
            _part(source), progress, attempts=_ATTEMPTS, pinned=item.sha256 is not None, limit=limit
        )
        download(item.url, path, None)
    except RequestException as error:
        raise TransferError(short_reason(error)) from error
    except OSError as error:
        raise cannot_write(path, error, ANOTHER_FOLDER) from error


@contextmanager
def waiting_lock(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file; its folder is created if needed.

    Args:
        path: path of the lock file.
        waiting: called before waiting, if another process holds the lock.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
