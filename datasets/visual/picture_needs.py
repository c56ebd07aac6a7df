"""What to tell a user whose pictures are not here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.image_remedies import has_image_sources, images_remedy
from mnerbench.datasets.needs import COMMANDS, Need

_DATA = "--data DIR or MNERBENCH_DATA"


def ways_to_images(card: DatasetCard) -> tuple[str, ...]:
    """How to get the pictures of a dataset: the command where its card knows a source, and else what the card says."""
    if has_image_sources(card):
        return (images_remedy(card),)
    return (f"the card of {card.name} says: {card.images}",)


def pictures_need(dataset: str, folder: Path, wanted: Collection[str], ways: Sequence[str]) -> Need:
    """The need for pictures of which there is none.

    Args:
        dataset: name of the dataset.
        folder: that should hold them.
        wanted: image ids that tweets name; empty when the tweets are not here either.
        ways: how to get them.
    """
    example = f"{min(wanted)}.jpg" if wanted else "ID.jpg"
    lacking = (
        f"none of its {len(wanted):,} image ids has a file below {folder}" if wanted else f"no file below {folder}"
    )
    by_hand = (
        f"put or link pictures into {folder}, named by image id ({example})",
        f"or point {_DATA} to a folder that has {dataset}/{folder.name}/{example}",
    )
    first, others = list(ways), list(by_hand)
    # Prose of a card says less than the name of the folder does.
    told = [*first, *others] if first and first[0].startswith(COMMANDS) else [*others, *first]
    return Need(f"pictures of {dataset!r} are not here: {lacking}", tuple(told), f"pictures of {dataset}")
