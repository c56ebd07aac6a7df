"""Image archives on Google Drive, the only place some datasets keep them: fetched with gdown, an optional library."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mnerbench.datasets.archives import Unpacked, unpack_pictures
from mnerbench.datasets.card import DatasetCard, DriveItem
from mnerbench.datasets.errors import DataError, MissingInputError, with_remedies
from mnerbench.datasets.verify import sha256_of
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER


def fetch_images(card: DatasetCard, data_dir: Path, wanted: Collection[str]) -> Unpacked:
    """Fetch a dataset's archives and unpack its pictures to `<data>/<dataset>/images/`. Archives are kept.

    Args:
        card: of the dataset.
        data_dir: the data folder.
        wanted: the image ids that its tweets name.

    Raises:
        MissingInputError: gdown is not installed, the card names no archive, or Drive does not hand it out.
        DataError: the archive has another checksum, is damaged, or is no archive.
    """
    folder = data_dir / card.name
    if not card.drive:
        raise MissingInputError(f"no archive of the images of {card.name} is known\n  -> {card.images}")
    unpacked = Unpacked(0, 0, tuple(sorted(wanted)))
    for item in card.drive:
        archive = _fetch(item, folder / item.path, card)
        unpacked = unpack_pictures(archive, folder / IMAGE_FOLDER, wanted)
    return unpacked


def _fetch(item: DriveItem, path: Path, card: DatasetCard) -> Path:
    if not path.exists():
        _download(item, path, card)
    if item.sha256 is not None and (found := sha256_of(path)) != item.sha256:
        reason = f"sha256 is {found}, the card says {item.sha256}"
        raise DataError.at(path, None, reason, "move it away and run again")
    return path


def _download(item: DriveItem, path: Path, card: DatasetCard) -> None:
    try:
        import gdown
    except ModuleNotFoundError as error:
        hint = 'pip install "mnerbench[drive]"'
        way = f"or fetch https://drive.google.com/file/d/{item.id}/view by hand and save it as {path}"
        raise MissingInputError(f"Google Drive needs the library gdown\n  -> {hint}\n  -> {way}") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    refused = getattr(gdown.exceptions, "DownloadError", gdown.exceptions.FileURLRetrievalError)
    try:
        got = gdown.download(id=item.id, output=str(path), quiet=True, resume=True)
    except (refused, OSError) as error:
        raise MissingInputError(_gone(item, path, card, str(error))) from error
    if not got or not path.exists():
        raise MissingInputError(_gone(item, path, card, "nothing came back"))


def _gone(item: DriveItem, path: Path, card: DatasetCard, why: str) -> str:
    ways = [
        f"try https://drive.google.com/file/d/{item.id}/view in a browser (Drive limits downloads), save as {path}",
        f"or put the pictures into {path.parent / IMAGE_FOLDER} yourself, named <image id>.jpg",
        card.images,
    ]
    return with_remedies(f"Google Drive item {item.id} ({item.holds}) cannot be fetched: {why}", ways)
