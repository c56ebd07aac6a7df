"""Slices of a test split: a pure function of train and test, so that stored predictions can be sliced at any time.

A mention's slices depend on the occurrences of its words in train, and on its tweet.
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
    """Slices of mentions by train ("Can images help", Table 6; by train labels, which give the paper's counts).

    A mention is looked up by its words, case-sensitive, among the entities of train. `seen`: found with the same type;
    `unseen`: not found. A seen mention is `ambiguous` if it is also found with other types, else `non-ambiguous`.
    """

    SEEN = "seen"
    UNSEEN = "unseen"
    AMBIGUOUS = "ambiguous"
    NON_AMBIGUOUS = "non-ambiguous"


class KnownNames:
    """The entities of a training split, by their words.

    Args:
        entities: words and type of each entity.
    """

    def __init__(self, entities: Iterable[tuple[Sequence[str], str]]) -> None:
        self._types: dict[tuple[str, ...], set[str]] = {}
        for words, kind in entities:
            self._types.setdefault(tuple(words), set()).add(kind)

    @classmethod
    def of(cls, train: Iterable[Example], read: Reading = conll_spans) -> KnownNames:
        """The entities of some tweets in the reading `read`."""
        return cls(
            (example.words[span.start : span.end], span.type) for example in train for span in read(example.labels)
        )

    def slices(self, words: Sequence[str], kind: str) -> frozenset[MentionSlice]:
        """The slices of a mention, gold or predicted.

        Args:
            words: words of the mention.
            kind: its gold or predicted type.
        """
        types = self._types.get(tuple(words), set())
        if kind not in types:
            return frozenset({MentionSlice.UNSEEN})
        return frozenset({MentionSlice.SEEN, MentionSlice.AMBIGUOUS if len(types) > 1 else MentionSlice.NON_AMBIGUOUS})


def count_mentions(
    train: Iterable[Example], test: Iterable[Example], read: Reading = conll_spans
) -> Counter[MentionSlice]:
    """The number of mentions of a test split in each slice; `seen` and `unseen` add up to all mentions."""
    names = KnownNames.of(train, read)
    return Counter(
        mention_slice
        for example in test
        for span in read(example.labels)
        for mention_slice in names.slices(example.words[span.start : span.end], span.type)
    )


# Bins of tweets by number of words; the last is open. The first is that of "Can images help", §5.2.
LENGTHS = ((1, 7), (8, 10), (11, 15), (16, 20), (21, 25), (26, None))


@dataclass(frozen=True)
class TweetTraits:
    """The properties of a tweet that determine its slices. None means unknown: the tweet is in neither slice.

    Attributes:
        words: number of words.
        pictured: whether it has a picture that is not lost.
        ocr: whether text was recognised in the picture.
        related: whether the picture is related to the tweet.
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
        return (_length(self.words), *(yes if value else no for yes, no, value in either if value is not None))


def _length(words: int) -> str:
    low, high = next((low, high) for low, high in LENGTHS if high is None or words <= high)
    return f"{low}-{high} words" if high is not None else f"{low} words and more"


# Slice names by the end of their table's title (`F1 ...`), in the order in which tables print them.
WAYS = {
    "on seen and unseen mentions": tuple(mention_slice.value for mention_slice in MentionSlice),
    "by length of the tweet": tuple(_length(low) for low, _ in LENGTHS),
    "by the picture": ("picture", "no picture", "OCR text", "no OCR text", "related", "unrelated"),
}
SLICES = tuple(name for names in WAYS.values() for name in names)
