"""The commands that get the pictures of a dataset, for messages about what is missing."""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard

DRIVE_EXTRA = "pip install 'mnerbench[drive]'"


def fetching_command(dataset: str) -> str:
    """The command that fetches a dataset's pictures."""
    return f"benchmark data get {dataset} --images"


def has_image_sources(card: DatasetCard) -> bool:
    """Whether pictures can be fetched, or, for a probe, drawn."""
    return bool(card.archives or card.drive) or card.images_of is not None or card.probe is not None


def images_remedy(card: DatasetCard) -> str:
    """The one command that gets a dataset's pictures, or that takes them from a folder where no source is known."""
    if card.probe is not None:
        return f"benchmark data prepare {card.name}"
    command = fetching_command(card.name)
    if card.archives or card.images_of is not None:
        return command
    if card.drive:
        return f"{DRIVE_EXTRA} && {command}"
    return f"{command} --from FOLDER"
