"""Fetching a card's files to `<data>/<dataset>/`: pinned, checked, continued after a break, never overwriting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.card import DatasetCard, FileCard
from mnerbench.datasets.errors import DataError, MissingInputError, with_remedies
from mnerbench.datasets.fetching.http_download import Progress, ResumingDownload
from mnerbench.datasets.http_redirects import TransferError
from mnerbench.datasets.network_faults import short_reason
from mnerbench.datasets.untrusted.files import sha256_of
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write

FileProgress = Callable[[str], Progress]
"""Given a file's path in the dataset, the callback for its bytes."""


class Outcome(StrEnum):
    """What became of a file."""

    FETCHED = "fetched"
    PRESENT = "present"
    MANUAL = "by hand"


@dataclass(frozen=True)
class Fetched:
    """One file of a dataset after `fetch`.

    Attributes:
        path: where it lies, or where it has to be put.
        outcome: what became of it.
        verified: whether its bytes are those of a checksum on the card.
    """

    path: Path
    outcome: Outcome
    verified: bool


def fetch(card: DatasetCard, data_dir: Path, progress: FileProgress | None = None) -> list[Fetched]:
    """Fetch the splits and captions of a dataset; files that are there already stay as they are.

    Args:
        card: of the dataset.
        data_dir: the folder that gets `<dataset>/`.
        progress: asked once per file for the callback that is told its bytes.

    Raises:
        MissingInputError: an address does not answer; says how to get the file otherwise.
        DataError: a file, there or fetched, has another checksum.
        DiskError: it cannot be written.
    """
    folder = data_dir / card.name
    files = [*card.files.values(), *card.captions.values()]
    if card.missing_images is not None and card.missing_images.url is not None:
        files.append(card.missing_images)
    return [fetch_file(file, folder, card, progress(file.path) if progress else None) for file in files]


def fetch_file(file: FileCard, folder: Path, card: DatasetCard, progress: Progress | None = None) -> Fetched:
    """Fetch one file; errors as in :func:`fetch`. Two processes that fetch the same dataset take turns."""
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
    found = sha256_of(path)
    if found != file.sha256:
        reason = f"the file there has sha256 {found}, the card says {file.sha256}; it is left as it is"
        remedy = (
            "move it away and run again, or keep your version under its own name: <data>/<new name>/ with a card.toml"
        )
        raise DataError.at(path, None, reason, remedy)
    return Fetched(path, Outcome.PRESENT, verified=True)


def _download(file: FileCard, url: str, path: Path, progress: Progress | None, *, again: bool = False) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    downloader = ResumingDownload(path.with_name(path.name + ".part"), progress)
    known = f"sha256:{file.sha256}" if file.sha256 is not None else None
    try:
        pooch.retrieve(url, known_hash=known, fname=path.name, path=path.parent, downloader=downloader)
    except ValueError as error:
        # The bytes kept from an earlier run may be of another version: once more, from the start.
        if downloader.continued and not again:
            _download(file, url, path, progress, again=True)
            return
        reason = str(error).partition(" Deleted download")[0]
        remedy = "nothing was kept; try again later, and if it stays so the address no longer serves the card's file"
        raise DataError.at(url, None, reason, remedy) from error


def _unreachable(file: FileCard, path: Path, card: DatasetCard, error: Exception) -> str:
    part = path.with_name(path.name + ".part")
    kept = f"{part.stat().st_size} bytes are kept and continued" if part.exists() else "nothing was kept"
    ways = [
        f"run `benchmark data get {card.name}` again: {kept}",
        f"or put the file there yourself: {path}",
        card.how_to_get,
    ]
    return with_remedies(f"{file.url} cannot be fetched: {short_reason(error)}", ways)
