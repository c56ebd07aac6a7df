"""Texts and tags of a corpus' pictures: what every importer and every reading extractor ends in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from mnerbench.datasets.corpus import Corpus

ItemT = TypeVar("ItemT")


class Tag(NamedTuple):
    """A thing in a picture: its name, the detector's confidence, its attributes with theirs.

    Attributes:
        name: `dog`.
        score: between 0 and 1; 1 where the source has none.
        attributes: `("brown", 0.8)`.
    """

    name: str
    score: float = 1.0
    attributes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Texts(Generic[ItemT]):
    """What one source says of a corpus' pictures, and where it says nothing.

    Attributes:
        items: image id to its texts (or tags) in the source's order; a picture without any has no entry.
        source: the name they go by (`blip2`, `file`, an extractor).
        fingerprint: sha256 that identifies them. Of a file: over `items`, sorted by image id, so that what it says of
            pictures no tweet names does not count. Of an extractor: over the pictures and the extractor.
        dropped: tweets whose texts were left out, because the picture is lost and they describe a placeholder.
        missing: tweets (picture not lost) of whose picture the source says nothing, or that name no picture.
        empty: tweets whose picture the source names with nothing in it.
    """

    items: Mapping[str, tuple[ItemT, ...]]
    source: str
    fingerprint: str
    dropped: int = 0
    missing: int = 0
    empty: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", MappingProxyType(dict(self.items)))

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and worker processes are handed texts.
        own = (dict(self.items), self.source, self.fingerprint, self.dropped, self.missing, self.empty)
        return Texts, own

    def of(self, image_id: str | None) -> tuple[ItemT, ...]:
        """What the source says of a picture; nothing of no picture."""
        return self.items.get(image_id, ()) if image_id is not None else ()


def match_texts(
    found: Mapping[str, tuple[ItemT, ...]],
    corpus: Corpus,
    source: str,
    fingerprint: str | None = None,
    *,
    keep_lost: bool = False,
) -> Texts[ItemT]:
    """Keep what is said of a corpus' pictures; count what is dropped, missing or empty.

    Args:
        found: everything the source says, by image id; `()` where it names a picture and says nothing.
        corpus: whose pictures are meant.
        source: its name.
        fingerprint: when something better than the content identifies it.
        keep_lost: what is said of lost pictures is of their replacement, which was meant to be shown.
    """
    items: dict[str, tuple[ItemT, ...]] = {}
    dropped = missing = empty = 0
    for example in (example for examples in corpus.splits.values() for example in examples):
        image = example.image_id
        lost = not keep_lost and image in corpus.missing_images
        if image is None or image not in found:
            missing += not lost
        elif lost:
            dropped += 1
        elif not found[image]:
            empty += 1
        else:
            items[image] = found[image]
    if fingerprint is None:
        content = json.dumps(sorted(items.items()), separators=(",", ":"))
        fingerprint = hashlib.sha256(content.encode()).hexdigest()
    return Texts(items, source, fingerprint, dropped, missing, empty)
