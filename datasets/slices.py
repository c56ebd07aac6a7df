"""Slices of a test split: a pure function of train and test, so that stored predictions can be sliced at any time.

A mention is in a slice for what training said of its words, and for the tweet that it stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.datasets.corpus import Example
from mnerbench.datasets.tagging import Span, conll_spans

Reading = Callable[[Sequence[str]], list[Span]]


class MentionSlice(StrEnum):
    """What training said of a mention ("Can images help", Table 6; by train labels, which give the paper's counts).

    A mention is looked up by its words, case and all, among the entities of train. `seen`: it is there with the same
    type; `unseen`: it is not. A seen one is `ambiguous` when it is there with other types too, else `non-ambiguous`.
    """

    SEEN = "seen"
    UNSEEN = "unseen"
    AMBIGUOUS = "ambiguous"
    NON_AMBIGUOUS = "non-ambiguous"


class KnownNames:
    """The entities of a training split, by their words.

    Args:
        entities: words and type of each.
    """

    def __init__(self, entities: Iterable[tuple[Sequence[str], str]]) -> None:
        self._types: dict[tuple[str, ...], set[str]] = {}
        for words, kind in entities:
            self._types.setdefault(tuple(words), set()).add(kind)

    @classmethod
    def of(cls, train: Iterable[Example], read: Reading = conll_spans) -> KnownNames:
        """The entities of some tweets, as `read` has them."""
        return cls(
            (example.words[span.start : span.end], span.type) for example in train for span in read(example.labels)
        )

    def slices(self, words: Sequence[str], kind: str) -> frozenset[MentionSlice]:
        """The slices of a mention, gold or predicted.

        Args:
            words: of the mention.
            kind: its type, as it is or as it was predicted.
        """
        types = self._types.get(tuple(words), set())
        if kind not in types:
            return frozenset({MentionSlice.UNSEEN})
        return frozenset({MentionSlice.SEEN, MentionSlice.AMBIGUOUS if len(types) > 1 else MentionSlice.NON_AMBIGUOUS})


def count_mentions(
    train: Iterable[Example], test: Iterable[Example], read: Reading = conll_spans
) -> Counter[MentionSlice]:
    """How many mentions of a test split are in each slice; `seen` and `unseen` add up to all of them."""
    names = KnownNames.of(train, read)
    return Counter(
        found
        for example in test
        for span in read(example.labels)
        for found in names.slices(example.words[span.start : span.end], span.type)
    )


# Tweets by their number of words; the last bin is open. The papers' bins are drawn, not printed.
LENGTHS = ((1, 10), (11, 15), (16, 20), (21, 25), (26, None))


@dataclass(frozen=True)
class TweetTraits:
    """What of a tweet decides its slices. None means that nobody knows, so that it is in neither of two slices.

    Attributes:
        words: how many.
        pictured: whether it has a picture that is not lost.
        ocr: whether text was read in the picture.
        related: whether the picture has to do with the tweet.
    """

    words: int
    pictured: bool | None = None
    ocr: bool | None = None
    related: bool | None = None

    @property
    def slices(self) -> tuple[str, ...]:
        """Names of its slices."""
        either = (
            ("picture", "no picture", self.pictured),
            ("OCR text", "no OCR text", self.ocr),
            ("related", "unrelated", self.related),
        )
        return (_length(self.words), *(yes if known else no for yes, no, known in either if known is not None))


def _length(words: int) -> str:
    low, high = next((low, high) for low, high in LENGTHS if high is None or words <= high)
    return f"{low}-{high} words" if high is not None else f"{low} words and more"


# In the order in which tables print them, by what decides them.
WAYS = {
    "what training said of the name": tuple(found.value for found in MentionSlice),
    "length of the tweet": tuple(_length(low) for low, _ in LENGTHS),
    "the picture": ("picture", "no picture", "OCR text", "no OCR text", "related", "unrelated"),
}
SLICES = tuple(name for names in WAYS.values() for name in names)
