"""The archive of a published source on this machine: a saved one or a download, checked where a checksum is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.card import DriveItem
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.fetching.disk_space import require_space
from mnerbench.datasets.fetching.drive import fetch_drive_file, partial_files
from mnerbench.datasets.fetching.http_download import Progress, ResumingDownload
from mnerbench.datasets.fetching.image_sources import ImageSource
from mnerbench.datasets.http_redirects import TransferError
from mnerbench.datasets.network_faults import short_reason
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

_ATTEMPTS = 5
_DEFAULT_LIMIT = 8 << 30


@dataclass(frozen=True)
class Archive:
    """An archive on this machine.

    Attributes:
        path: where it is.
        fetched: whether it was downloaded just now.
    """

    path: Path
    fetched: bool

    def discard(self) -> None:
        """Delete an archive that turned out to be unusable; one that was there before is somebody's and stays."""
        if self.fetched:
            self.path.unlink(missing_ok=True)


def obtain_archive(source: ImageSource, progress: Progress | None = None) -> Archive:
    """The archive of a source: the saved one, one saved for another dataset, or a download.

    Args:
        source: which archive.
        progress: told the bytes.

    Raises:
        TransferError: it cannot be had; the text is the reason.
        MissingInputError: it needs a library that is not installed.
        DataError: it has another checksum than the card says.
        DiskError: it cannot be written, or there is no room for it and for what is in it.
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
    """The lock file to hold while an archive is looked for, fetched and read: two datasets can have the same."""
    return source.path.with_name(f".{source.path.name}.lock")


def saved_archive(source: ImageSource) -> Path | None:
    """The file of an archive that is on this machine already, if it is."""
    return next((path for path in (source.path, *source.elsewhere) if path.is_file()), None)


def kept_bytes(source: ImageSource) -> int:
    """Bytes of an interrupted download that the next one continues with, where its server can."""
    parts = [_part(source), *partial_files(source.path)]
    return sum(part.stat().st_size for part in parts if part.exists())


def _part(source: ImageSource) -> Path:
    return source.path.with_name(source.path.name + ".part")


def _download(source: ImageSource, progress: Progress | None) -> None:
    from requests.exceptions import RequestException

    item, path = source.item, source.path
    limit = 2 * item.size if item.size is not None else _DEFAULT_LIMIT
    if item.size is not None:
        # Pictures hardly compress, so what comes out of an archive is about as large as the archive.
        require_space(path.parent, 2 * item.size - kept_bytes(source))
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
