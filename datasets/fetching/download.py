"""Downloads of a card's files to `<data>/<dataset>/`: pinned, verified, resumable, never overwriting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.card import DatasetCard, FileCard
from mnerbench.datasets.errors import DataError, MissingInputError, with_remedies
from mnerbench.datasets.fetching.http_download import Progress, ResumingDownload
from mnerbench.datasets.http_requests import TransferError, short_reason
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

FileProgress = Callable[[str], Progress]
"""Makes the progress callback of a file from its path in the dataset."""


class Outcome(StrEnum):
    """The outcome of fetching a file."""

    FETCHED = "fetched"
    PRESENT = "present"
    MANUAL = "by hand"


@dataclass(frozen=True)
class Fetched:
    """One file of a dataset after `fetch`.

    Attributes:
        path: where the file is, or where the user has to put it.
        outcome: whether it was downloaded, was there, or has to be obtained by hand.
        verified: whether its bytes match a checksum on the card.
    """

    path: Path
    outcome: Outcome
    verified: bool


def fetch(card: DatasetCard, data_dir: Path, progress: FileProgress | None = None) -> list[Fetched]:
    """Fetch the splits and captions of a dataset; existing files are left unchanged.

    Args:
        card: the dataset's card.
        data_dir: the data folder, in which `<dataset>/` is created.
        progress: called once per file to make its progress callback.

    Raises:
        MissingInputError: a download failed (with other ways to get the file).
        DataError: a file, existing or downloaded, has the wrong checksum.
        DiskError: a file cannot be written.
    """
    folder = data_dir / card.name
    files = [*card.files.values(), *card.captions.values()]
    if card.missing_images is not None and card.missing_images.url is not None:
        files.append(card.missing_images)
    return [fetch_file(file, folder, card, progress(file.path) if progress else None) for file in files]


def fetch_file(file: FileCard, folder: Path, card: DatasetCard, progress: Progress | None = None) -> Fetched:
    """Fetch one file; raises as :func:`fetch`. Processes that fetch the same dataset take turns."""
    from filelock import FileLock
    from requests.exceptions import RequestException

    path = folder / file.path
    if path.exists():
        return _present(file, path)
    if file.url is None:
        return Fetched(path, Outcome.MANUAL, verified=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".fetching.lock"):
            if path.exists():
                return _present(file, path)
            _download(file, file.url, path, progress)
    except (RequestException, TransferError) as error:
        raise MissingInputError(_unreachable(file, path, card, error)) from error
    except OSError as error:
        raise cannot_write(path, error, ANOTHER_FOLDER) from error
    return Fetched(path, Outcome.FETCHED, verified=file.sha256 is not None)


def _present(file: FileCard, path: Path) -> Fetched:
    if file.sha256 is None:
        return Fetched(path, Outcome.PRESENT, verified=False)
    actual = sha256_of(path)
    if actual != file.sha256:
        reason = f"the existing file has sha256 {actual}, the card says {file.sha256}; it was not changed"
        remedy = "move it away and run again, or keep your version as <data>/<new name>/ with a card.toml"
        raise DataError.at(path, None, reason, remedy)
    return Fetched(path, Outcome.PRESENT, verified=True)


def _download(file: FileCard, url: str, path: Path, progress: Progress | None, *, is_retry: bool = False) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    downloader = ResumingDownload(path.with_name(path.name + ".part"), progress)
    expected = f"sha256:{file.sha256}" if file.sha256 is not None else None
    try:
        pooch.retrieve(url, known_hash=expected, fname=path.name, path=path.parent, downloader=downloader)
    except ValueError as error:
        # The partial file of an earlier run may belong to another version: retry from the start.
        if downloader.continued and not is_retry:
            _download(file, url, path, progress, is_retry=True)
            return
        reason = str(error).partition(" Deleted download")[0]
        remedy = "nothing was saved; try again later; if it fails again, the address no longer serves the card's file"
        raise DataError.at(url, None, reason, remedy) from error


def _unreachable(file: FileCard, path: Path, card: DatasetCard, error: Exception) -> str:
    part = path.with_name(path.name + ".part")
    progress = f"it resumes after {part.stat().st_size} bytes" if part.exists() else "nothing was saved"
    ways = [
        f"run `benchmark data get {card.name}` again: {progress}",
        f"or put the file there yourself: {path}",
        card.how_to_get,
    ]
    return with_remedies(f"{file.url} cannot be downloaded: {short_reason(error)}", ways)
