"""The datasets of the catalog with their sizes, and whether their files are in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import card_names, is_dataset_name, load_card

_LISTED = 8  # folders in a message


@dataclass(frozen=True)
class DatasetRow:
    """One dataset of the catalog.

    Attributes:
        tweets: tweets by split; None where the card has no number.
        entities: entities by split, conlleval reading; None where the card has no number.
        here: whether all split files are in the data folder; always true for a probe.
        captions: the caption sources of the card.
    """

    name: str
    title: str
    tweets: dict[str, int | None]
    entities: dict[str, int | None]
    here: bool
    folder: str
    captions: tuple[str, ...]


def dataset_rows(data_dir: Path) -> list[DatasetRow]:
    """All datasets with a card, in the package or in the data folder."""
    return [_row(load_card(name, data_dir), data_dir) for name in card_names(data_dir)]


def _row(card: DatasetCard, data_dir: Path) -> DatasetRow:
    folder = data_dir / card.name
    if card.probe is not None:
        tweets = {"train": card.probe.train, "valid": card.probe.valid, "test": card.probe.test}
        return DatasetRow(card.name, card.title, dict(tweets), dict.fromkeys(tweets), True, "generated", ())
    sizes = {split: card.sizes.get(split) for split in card.files}
    return DatasetRow(
        card.name,
        card.title,
        {split: size.tweets if size else None for split, size in sizes.items()},
        {split: size.entities if size else None for split, size in sizes.items()},
        all((folder / file.path).is_file() for file in card.files.values()),
        str(folder),
        tuple(card.captions),
    )


def lacks_card(name: str, data: Path) -> bool:
    """Whether a dataset is a folder of the user without a card."""
    return is_dataset_name(name) and name not in card_names(data) and (data / name).is_dir()


def folders_without_card(data: Path) -> str:
    """The folders of the user without a card, to follow a list of datasets in a message; empty if there are none."""
    names = sorted(path.name for path in data.iterdir() if lacks_card(path.name, data)) if data.is_dir() else []
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"; without a card yet: {', '.join(names[:_LISTED])}{more}" if names else ""
