"""Slices of a test split: a pure function of train and test, so that stored predictions can be sliced at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
        train: its tweets.
        read: how labels are read as entities.
    """

    def __init__(self, train: Iterable[Example], read: Reading = conll_spans) -> None:
        self._types: dict[tuple[str, ...], set[str]] = {}
        for example in train:
            for span in read(example.labels):
                self._types.setdefault(example.words[span.start : span.end], set()).add(span.type)

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
    names = KnownNames(train, read)
    return Counter(
        found
        for example in test
        for span in read(example.labels)
        for found in names.slices(example.words[span.start : span.end], span.type)
    )
