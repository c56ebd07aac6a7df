"""Error messages for missing pictures: every source with its reason, and all remedies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.errors import with_remedies
from mnerbench.datasets.fetching.archives import Unpacked
from mnerbench.datasets.fetching.disk_space import readable_size
from mnerbench.datasets.fetching.image_download import resumable_bytes
from mnerbench.datasets.fetching.image_sources import ImageSource


def no_source_message(
    card: DatasetCard, sources: Sequence[ImageSource], failures: Sequence[tuple[str, str]], images: Path, present: int
) -> str:
    """The message when every source failed, or no source is known.

    Args:
        card: the dataset's card.
        sources: the sources that were tried.
        failures: (source title, reason), in order.
        images: the folder of the pictures.
        present: number of pictures in it, from before or from an interrupted source.
    """
    command = f"benchmark data get {card.name} --images"
    by_hand = f"put the pictures into {images}, named <image id>.jpg"
    if not sources:
        reason = f"no archive of the images of {card.name} is known"
        return with_remedies(reason, [f"{command} --from FILE or FOLDER, if you have them", by_hand, card.images])
    partly = f" ({present:,} are there)" if present else ""
    lines = [
        f"no source gave the images of {card.name}{partly}",
        *(f"  {title}: {reason}" for title, reason in failures),
    ]
    saved = sum(map(resumable_bytes, sources))
    resumed = f": it resumes after {readable_size(saved)} if the server supports it" if saved else ""
    ways = [
        f"{command}, again later{resumed}",
        f"or open one of these in a browser, then: {command} --from FILE",
        *(f"     {source.page}" for source in sources),
        f"or {by_hand}",
        card.images,
    ]
    return with_remedies("\n".join(lines), ways).replace("  ->      ", "     ")


def no_match_message(card: DatasetCard, path: Path, unpacked: Unpacked, total: int) -> str:
    """The message when an archive or folder of the user contains no picture of the dataset."""
    reason = (
        f"{path}: contains none of the {total:,} pictures that tweets of {card.name} name "
        f"(but {unpacked.pictures:,} other picture files)"
    )
    ways = ["pictures are recognised by their names: <image id>.jpg, in any folder of it", card.images]
    return with_remedies(reason, ways)
