"""Where a dataset's pictures can be had, in the order in which it is tried, and the command that gets them."""

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
    """An archive that somebody publishes.

    Attributes:
        item: as its card describes it.
        path: where it is saved.
        elsewhere: files that are the same archive, saved for another dataset.
    """

    item: ImageArchive | DriveItem
    path: Path
    elsewhere: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """What `--source` and messages call it."""
        return self.item.name

    @property
    def title(self) -> str:
        """For messages: the name, the host, and about how large it is."""
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
    """The card that says where the pictures of a dataset are: its own, or the one that `images_of` names.

    Raises:
        ConfigError: `images_of` names no dataset, or one that takes its pictures from another.
    """
    if card.images_of is None:
        return card
    owner = load_card(card.images_of, data_dir)
    if owner.images_of is not None:
        reason = f"card {card.name!r}: images_of names {owner.name!r}, which takes its images from another dataset"
        raise ConfigError(f"{reason}\n  -> images_of = {owner.images_of!r}")
    return owner


def image_sources(card: DatasetCard, data_dir: Path) -> list[ImageSource]:
    """The published sources of a dataset's pictures, in the order in which they are tried.

    Args:
        card: of the dataset.
        data_dir: the data folder; archives are saved in the folder of the dataset whose card names them.

    Raises:
        ConfigError: see :func:`images_owner`.
    """
    owner = images_owner(card, data_dir)
    others = _all_cards(data_dir)
    sources = []
    for naming in [owner] if owner is card else [owner, card]:
        items: tuple[ImageArchive | DriveItem, ...] = (*naming.archives, *naming.drive)
        for item in items:
            path = data_dir / naming.name / item.path
            same = (data_dir / other.name / kept.path for other in others for kept in _same_items(item, other))
            sources.append(ImageSource(item, path, tuple(file for file in same if file != path)))
    return sources


def _all_cards(data_dir: Path) -> list[DatasetCard]:
    """The cards of all datasets; one that is not valid is of no concern here."""
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
    """Only the source with a name.

    Raises:
        ConfigError: there is none; answers with the nearest.
    """
    names = [source.name for source in sources]
    if name not in names:
        reason = f"{card.name} has no source of images {name!r}{suggestion(name, names)}"
        raise ConfigError(f"{reason}\n  -> leave --source out to try all, or take your own by --from FILE|DIR")
    return [source for source in sources if source.name == name]
