"""Texts and tags of a corpus' pictures: the common result of importers and of extractors that produce text."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from mnerbench.datasets.corpus import Corpus, Example, ImageRef, ids_of

ItemT = TypeVar("ItemT")


class Tag(NamedTuple):
    """An object in a picture.

    Attributes:
        name: its name, such as `dog`.
        score: the detector's confidence, between 0 and 1; 1 if the source has none.
        attributes: attributes with their confidences, such as `("brown", 0.8)`.
    """

    name: str
    score: float = 1.0
    attributes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Texts(Generic[ItemT]):
    """The texts (or tags) of one source for a corpus' pictures, and the counts of tweets without any.

    Attributes:
        items: image id to its texts (or tags) in the source's order; a picture without any has no entry.
        source: name of the source (`blip2`, `file`, an extractor).
        fingerprint: sha256 that identifies the content. For a file: over `items`, sorted by image id, so that texts of
            pictures that no tweet names do not count. For an extractor: over the pictures and the extractor.
        dropped: tweets whose texts were left out, because the picture is lost and they describe a placeholder.
        missing: tweets (picture not lost) whose picture is not in the source, or that name no picture.
        empty: tweets whose picture is in the source without any text. A tweet with several pictures counts as empty,
            dropped or missing (the first that is true of one of them) only if none of them has texts.
        blank: pictures in the source without any text; lost ones and those of no tweet do not count.
    """

    items: Mapping[str, tuple[ItemT, ...]]
    source: str
    fingerprint: str
    dropped: int = 0
    missing: int = 0
    empty: int = 0
    blank: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "items", MappingProxyType(dict(self.items)))

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy cannot be pickled, and worker processes receive texts.
        state = (dict(self.items), self.source, self.fingerprint, self.dropped, self.missing, self.empty, self.blank)
        return Texts, state

    def of(self, image: ImageRef, count: int | None = None) -> tuple[ItemT, ...]:
        """The texts of a tweet's pictures, in order; the first `count` of each; empty without a picture."""
        return tuple(item for picture in ids_of(image) for item in self.items.get(picture, ())[:count])


class TextAmount(NamedTuple):
    """How much text a source has for the pictures of a corpus, over all splits.

    Attributes:
        pictures: pictures of tweets that the source has processed; lost ones do not count.
        with_text: those with any text.
        words: words in all texts, separated by spaces.
    """

    pictures: int
    with_text: int
    words: int

    @property
    def percent(self) -> float | None:
        """Percent of the pictures that have text."""
        return 100 * self.with_text / self.pictures if self.pictures else None

    @property
    def mean_words(self) -> float | None:
        """Mean number of words of the pictures that have text."""
        return self.words / self.with_text if self.with_text else None

    @property
    def text(self) -> str:
        """`text in 2,049 of 8,288 pictures (24.7 %), 27.7 words each`."""
        counts = f"text in {self.with_text:,} of {self.pictures:,} pictures"
        if self.percent is None or self.mean_words is None:
            return counts
        return f"{counts} ({self.percent:.1f} %), {self.mean_words:.1f} words each"


def text_amount(texts: Texts[str]) -> TextAmount:
    """Count the pictures and words of a source."""
    words = sum(len(text.split()) for of_picture in texts.items.values() for text in of_picture)
    return TextAmount(len(texts.items) + texts.blank, len(texts.items), words)


class _State(StrEnum):
    """Whether a picture has texts; a tweet with several pictures has the first of their states in this order."""

    FOUND = "found"
    EMPTY = "empty"
    DROPPED = "dropped"
    MISSING = "missing"
    LOST = "lost"


def match_texts(
    texts: Mapping[str, tuple[ItemT, ...]],
    corpus: Corpus,
    source: str,
    fingerprint: str | None = None,
    *,
    keep_lost: bool = False,
) -> Texts[ItemT]:
    """Select the texts of a corpus' pictures; count what is dropped, missing or empty.

    Args:
        texts: all texts of the source, by image id; `()` for a picture without any.
        corpus: the corpus whose pictures are selected.
        source: name of the source.
        fingerprint: identifies the source; None takes the sha256 of the content.
        keep_lost: keep the texts of lost pictures, because they describe a replacement that is shown on purpose.
    """
    lost = frozenset() if keep_lost else corpus.missing_images
    states = {image: _state(image, texts, lost) for image in corpus.image_ids}
    tweets = (tweet for examples in corpus.splits.values() for tweet in examples)
    counts = Counter(_state_of_tweet(tweet, states) for tweet in tweets)
    items = {image: texts[image] for image, state in states.items() if state is _State.FOUND}
    if fingerprint is None:
        content = json.dumps(sorted(items.items()), separators=(",", ":"))
        fingerprint = hashlib.sha256(content.encode()).hexdigest()
    blank = Counter(states.values())[_State.EMPTY]
    return Texts(
        items, source, fingerprint, counts[_State.DROPPED], counts[_State.MISSING], counts[_State.EMPTY], blank
    )


def _state(image: str, texts: Mapping[str, tuple[object, ...]], lost: Container[str]) -> _State:
    if image not in texts:
        return _State.LOST if image in lost else _State.MISSING
    if image in lost:
        return _State.DROPPED
    return _State.FOUND if texts[image] else _State.EMPTY


def _state_of_tweet(tweet: Example, states: Mapping[str, _State]) -> _State:
    of_pictures = [states[image] for image in tweet.image_ids]
    return min(of_pictures, key=list(_State).index, default=_State.MISSING)
