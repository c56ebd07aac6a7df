"""The published sources of a dataset's pictures, in the order in which they are tried."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mnerbench.datasets.card import DatasetCard, DriveItem, ImageArchive
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.errors import ConfigError, MnerbenchError, suggestion
from mnerbench.datasets.fetching.disk_space import readable_size


@dataclass(frozen=True)
class ImageSource:
    """A published archive.

    Attributes:
        item: its description on the card.
        path: where it is saved.
        elsewhere: paths of the same archive when saved for another dataset.
    """

    item: ImageArchive | DriveItem
    path: Path
    elsewhere: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Its name in `--source` and messages."""
        return self.item.name

    @property
    def title(self) -> str:
        """Its name, host and approximate size, for messages."""
        host = "Google Drive" if isinstance(self.item, DriveItem) else urlsplit(self.item.url).hostname
        size = f", about {readable_size(self.item.size)}" if self.item.size is not None else ""
        return f"{self.name} ({host}{size})"

    @property
    def page(self) -> str:
        """The address for a browser."""
        if isinstance(self.item, DriveItem):
            return f"https://drive.google.com/file/d/{self.item.id}/view"
        return self.item.url


def images_owner(card: DatasetCard, data_dir: Path) -> DatasetCard:
    """The card whose pictures a dataset uses: its own, or the one that `images_of` names.

    Raises:
        ConfigError: `images_of` names no dataset, or one that itself has `images_of`.
    """
    if card.images_of is None:
        return card
    owner = load_card(card.images_of, data_dir)
    if owner.images_of is not None:
        reason = f"card {card.name!r}: images_of names {owner.name!r}, which has images_of itself"
        raise ConfigError(f"{reason}\n  -> images_of = {owner.images_of!r}")
    return owner


def image_sources(card: DatasetCard, data_dir: Path) -> list[ImageSource]:
    """The published sources of a dataset's pictures, in the order in which they are tried.

    Args:
        card: the dataset's card.
        data_dir: the data folder; an archive is saved in the folder of the dataset whose card names it.

    Raises:
        ConfigError: see :func:`images_owner`.
    """
    owner = images_owner(card, data_dir)
    others = _all_cards(data_dir)
    sources = []
    for source_card in [owner] if owner is card else [owner, card]:
        items: tuple[ImageArchive | DriveItem, ...] = (*source_card.archives, *source_card.drive)
        for item in items:
            path = data_dir / source_card.name / item.path
            copies = (data_dir / other.name / same.path for other in others for same in _same_items(item, other))
            sources.append(ImageSource(item, path, tuple(file for file in copies if file != path)))
    return sources


def _all_cards(data_dir: Path) -> list[DatasetCard]:
    """The valid cards of all datasets; invalid ones are skipped."""
    cards = []
    for name in card_names(data_dir):
        with suppress(MnerbenchError):
            cards.append(load_card(name, data_dir))
    return cards


def _same_items(item: ImageArchive | DriveItem, card: DatasetCard) -> list[ImageArchive | DriveItem]:
    if isinstance(item, DriveItem):
        return [other for other in card.drive if other.id == item.id]
    return [other for other in card.archives if other.url == item.url]


def pick_source(name: str, sources: list[ImageSource], card: DatasetCard) -> list[ImageSource]:
    """The source with a name, as a list.

    Raises:
        ConfigError: there is no such source (with the nearest names).
    """
    names = [source.name for source in sources]
    if name not in names:
        reason = f"{card.name} has no source of images {name!r}{suggestion(name, names)}"
        raise ConfigError(f"{reason}\n  -> omit --source to try all, or use your own files: --from FILE|DIR")
    return [source for source in sources if source.name == name]
