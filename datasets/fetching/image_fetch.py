"""Get the pictures of a dataset: tries its sources in turn; safe to interrupt and to repeat."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.fetching.image_attempt import ImageAttempt, Listener
from mnerbench.datasets.fetching.image_download import waiting_lock
from mnerbench.datasets.fetching.image_receipt import Receipt, lacking, read_receipts
from mnerbench.datasets.fetching.image_sources import image_sources, images_owner, pick_source
from mnerbench.datasets.visual.picture_check import PictureCheck, check_pictures
from mnerbench.datasets.visual.pictures import IMAGE_FOLDER
from mnerbench.datasets.write_errors import ANOTHER_FOLDER, cannot_write


@dataclass(frozen=True)
class ImageFetch:
    """The result of `get_images`.

    Attributes:
        check: the check of all pictures that tweets name, after fetching.
        unpacked: (source name, result) of each source that was read, in order.
        failures: (source title, reason) of each source that failed.
        exhausted: whether an archive that is known to be complete lacks all missing pictures.
        unread: names of sources that may have missing pictures.
        saved: downloaded archives that are still on disk.
    """

    check: PictureCheck
    unpacked: Sequence[tuple[str, Unpacked]]
    failures: Sequence[tuple[str, str]]
    exhausted: bool
    unread: Sequence[str]
    saved: Sequence[Path]


def get_images(
    card: DatasetCard,
    corpus: Corpus,
    data_dir: Path,
    *,
    local: Path | None = None,
    source_name: str | None = None,
    listener: Listener | None = None,
) -> ImageFetch:
    """Get the pictures that the tweets of a corpus name into `<data>/<dataset>/images/`.

    The card's archives are tried in order, then Google Drive, until nothing is missing or an archive that is known to
    be complete was read. An archive is not read again for pictures that it lacks. Existing pictures are never replaced.
    If another process is getting the same pictures, the call waits for it.

    Args:
        card: the dataset's card.
        corpus: its tweets.
        data_dir: the data folder.
        local: take the pictures only from this archive or folder.
        source_name: try only the source with this name, even if it is known to lack the missing pictures.
        listener: receives the progress.

    Raises:
        MissingInputError: pictures are missing and no source has any (lists every source with its reason).
        DataError: the archive or folder `local` cannot be used.
        DiskError: there is not enough space, or the folder cannot be written.
        ConfigError: the source is unknown.
    """
    folder = data_dir / card.name
    owner = data_dir / images_owner(card, data_dir).name
    sources = [] if local is not None else image_sources(card, data_dir)
    if source_name is not None:
        sources = pick_source(source_name, sources, card)
    attempt = ImageAttempt(card, folder, corpus.image_ids - corpus.missing_images, listener or Listener())
    folders = {folder, owner}
    try:
        if attempt.missing:
            with waiting_lock(_shared_folder(folder, owner) / ".images.lock", attempt.note_waiting):
                if local is not None:
                    attempt.import_local(local)
                else:
                    exhausted = _exhausted(folders, attempt.missing) if source_name is None else set()
                    attempt.fetch_published(sources, exhausted)
    except OSError as error:
        raise cannot_write(folder, error, ANOTHER_FOLDER) from error
    progress = attempt.listener.pictures_of("checking pictures")
    check = check_pictures(corpus, folder, remember=True, advance=progress)
    receipts = _receipts(folders)
    return ImageFetch(
        check=check,
        unpacked=attempt.unpacked,
        failures=attempt.failures,
        exhausted=bool(lacking(receipts, check.missing, whole=True)),
        unread=[source.name for source in sources if source.name not in lacking(receipts, check.missing)],
        saved=[source.path for source in sources if source.path.is_file()],
    )


def _receipts(folders: Collection[Path]) -> list[Receipt]:
    return [receipt for folder in folders for receipt in read_receipts(folder)]


def _exhausted(folders: Collection[Path], missing: Collection[str]) -> set[str] | None:
    """Names of sources that lack the missing pictures; None if one is known to be complete, so that none is tried."""
    receipts = _receipts(folders)
    return None if lacking(receipts, missing, whole=True) else lacking(receipts, missing)


def _shared_folder(folder: Path, owner: Path) -> Path:
    """The dataset folder that contains the pictures. Datasets of the same tweets share them by a symbolic link."""
    images = folder / IMAGE_FOLDER
    if owner != folder and not images.exists():
        (owner / IMAGE_FOLDER).mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another process was faster
            target = os.path.relpath((owner / IMAGE_FOLDER).resolve(), folder.resolve())
            images.symlink_to(target, target_is_directory=True)
    return owner if images.is_symlink() and images.resolve() == (owner / IMAGE_FOLDER).resolve() else folder
