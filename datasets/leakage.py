"""Detection of duplicate tweets: within a split, across splits, and across corpora.

Texts are compared in two ways. *Exact*: the words are equal. *Normalised*: retweet marks (`RT`), user names (`@...`),
web addresses (`http...`), punctuation, case, tokenisation and letters outside ASCII are ignored, the latter because a
release lost them. If most of a tweet's letters and digits are outside ASCII, they all count, since different tweets in
other scripts would otherwise compare equal.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from mnerbench.datasets.corpus import Corpus, Example


@dataclass(frozen=True)
class Overlap:
    """The overlap of two splits, counted in tweets of the second one.

    Attributes:
        first: `corpus/split`, the reference.
        second: `corpus/split`, the split whose tweets are counted.
        exact: tweets whose words equal those of a tweet of the first split.
        normalised: tweets whose normalised text equals that of a tweet of the first split.
        images: tweets whose image id, or one of several, also occurs in the first split.
    """

    first: str
    second: str
    exact: int
    normalised: int
    images: int


def normal_text(words: Iterable[str]) -> str:
    """The normalised text of a tweet; empty if nothing remains to compare."""
    text = "".join(word for word in words if word != "RT" and not word.lower().startswith(("@", "http")))
    letters = [character for character in text if character.isalnum()]
    plain = [character for character in letters if character.isascii()]
    return "".join(plain if 2 * len(plain) >= len(letters) else letters).casefold()


def overlaps(corpora: Sequence[Corpus]) -> list[Overlap]:
    """The overlap of every pair of splits, within and across corpora, in the order of the splits."""
    keyed = [_Keys.of(f"{corpus.name}/{split}", corpus[split]) for corpus in corpora for split in corpus.splits]
    return [
        Overlap(
            first.name,
            second.name,
            _shared(first.exact, second.exact),
            _shared(first.normal, second.normal),
            _sharing_images(first.images, second.images),
        )
        for first, second in combinations(keyed, 2)
    ]


def repeats(examples: Sequence[Example]) -> tuple[int, int]:
    """Number of tweets of a split whose text occurred in an earlier tweet: exact, normalised."""
    keys = _Keys.of("", examples)
    return _repeated(keys.exact), _repeated(keys.normal)


@dataclass(frozen=True)
class _Keys:
    """The keys by which the tweets of a split are compared; tweets without a key are left out."""

    name: str
    exact: list[Hashable]
    normal: list[Hashable]
    images: list[tuple[str, ...]]

    @classmethod
    def of(cls, name: str, examples: Sequence[Example]) -> _Keys:
        return cls(
            name,
            [example.words for example in examples],
            [text for text in (normal_text(example.words) for example in examples) if text],
            [example.image_ids for example in examples],
        )


def _shared(first: list[Hashable], second: list[Hashable]) -> int:
    keys = set(first)
    return sum(key in keys for key in second)


def _sharing_images(first: list[tuple[str, ...]], second: list[tuple[str, ...]]) -> int:
    ids = {image for images in first for image in images}
    return sum(not ids.isdisjoint(images) for images in second)


def _repeated(keys: list[Hashable]) -> int:
    return len(keys) - len(set(keys))
