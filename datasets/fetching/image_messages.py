"""What is said when no pictures could be had: every source with its reason, and every way that is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import with_remedies
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.fetching.disk_space import readable_size
from mnerbench.datasets.fetching.image_download import kept_bytes
from mnerbench.datasets.fetching.image_sources import ImageSource


def nothing_here(
    card: DatasetCard, sources: Sequence[ImageSource], failures: Sequence[tuple[str, str]], images: Path, there: int
) -> str:
    """The message when every source failed, or none is known.

    Args:
        card: of the dataset.
        sources: that were tried.
        failures: reasons by source title, in order.
        images: the folder of the pictures.
        there: how many pictures lie in it, from before or from a source that broke off.
    """
    command = f"benchmark data get {card.name} --images"
    by_hand = f"put the pictures into {images}, named <image id>.jpg"
    if not sources:
        reason = f"no archive of the images of {card.name} is known"
        return with_remedies(reason, [f"{command} --from FILE or FOLDER, if you have them", by_hand, card.images])
    partly = f" ({there:,} are there)" if there else ""
    lines = [
        f"no source gave the images of {card.name}{partly}",
        *(f"  {title}: {reason}" for title, reason in failures),
    ]
    kept = sum(map(kept_bytes, sources))
    continued = f": {readable_size(kept)} are kept, and continued where the server can" if kept else ""
    ways = [
        f"{command}, again later{continued}",
        f"or open one of these in a browser, then: {command} --from FILE",
        *(f"     {source.page}" for source in sources),
        f"or {by_hand}",
        card.images,
    ]
    return with_remedies("\n".join(lines), ways).replace("  ->      ", "     ")


def nothing_in_it(card: DatasetCard, path: Path, unpacked: Unpacked, wanted: int) -> str:
    """The message when an archive or folder that the user named has no picture of the dataset."""
    reason = (
        f"{path}: none of the {wanted:,} pictures that tweets of {card.name} name is in it "
        f"({unpacked.pictures:,} other picture files are)"
    )
    ways = ["pictures are recognised by their names: <image id>.jpg, in any folder of it", card.images]
    return with_remedies(reason, ways)
