"""Messages for missing pictures, and how to get them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.needs import COMMANDS, Need
from mnerbench.datasets.remedies import has_image_sources, images_remedy

_DATA = "--data DIR or MNERBENCH_DATA"


def ways_to_images(card: DatasetCard) -> tuple[str, ...]:
    """How to get the pictures of a dataset: a command if the card knows a source, else the text of the card."""
    if has_image_sources(card):
        return (images_remedy(card),)
    return (f"the card of {card.name} says: {card.images}",)


def pictures_need(dataset: str, folder: Path, image_ids: Collection[str], ways: Sequence[str]) -> Need:
    """The `Need` for a dataset without any picture file.

    Args:
        dataset: name of the dataset.
        folder: the folder that should contain the pictures.
        image_ids: image ids referenced by the tweets; empty if the tweets are missing too.
        ways: how to get the pictures.
    """
    example = f"{min(image_ids)}.jpg" if image_ids else "ID.jpg"
    files = f"none of its {len(image_ids):,} image ids has a file" if image_ids else "no file"
    by_hand = (
        f"put or link pictures into {folder}, named by image id ({example})",
        f"or point {_DATA} to a folder that has {dataset}/{folder.name}/{example}",
    )
    # A command comes first; the card's prose comes last, because the folder's name says more.
    ordered = [*ways, *by_hand] if ways and ways[0].startswith(COMMANDS) else [*by_hand, *ways]
    reason = f"pictures of {dataset!r} are not here: {files} below {folder}"
    return Need(reason, tuple(ordered), f"pictures of {dataset}")
