"""The commands that get the pictures of a dataset, for messages about missing pictures."""

from __future__ import annotations

from mnerbench.datasets.card import DatasetCard

DRIVE_EXTRA = "pip install 'mnerbench[drive]'"


def fetching_command(dataset: str) -> str:
    """The command that fetches a dataset's pictures."""
    return f"benchmark data get {dataset} --images"


def has_image_sources(card: DatasetCard) -> bool:
    """Whether the pictures can be downloaded, or drawn (for a probe)."""
    return bool(card.archives or card.drive) or card.images_of is not None or card.probe is not None


def images_remedy(card: DatasetCard) -> str:
    """The command that gets a dataset's pictures; without a known source, from a folder of the user."""
    if card.probe is not None:
        return f"benchmark data prepare {card.name}"
    command = fetching_command(card.name)
    if card.archives or card.images_of is not None:
        return command
    if card.drive:
        return f"{DRIVE_EXTRA} && {command}"
    return f"{command} --from FOLDER"
