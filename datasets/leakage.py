"""The same tweet twice: inside a split, in two splits, in two corpora.

Two texts are compared in two ways. *Exact*: the words are equal. *Normalised*: retweet marks (`RT`), user names
(`@...`), web addresses (`http...`), punctuation and case do not count, nor how the text was cut into words, nor letters
outside ASCII, because one release lost them where another kept them. When most of a tweet's letters and digits are
outside ASCII they all count, else unlike tweets in other scripts would look alike.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from mnerbench.datasets.corpus import Corpus, Example


@dataclass(frozen=True)
class Overlap:
    """What two splits share, counted in tweets of the second one.

    Attributes:
        first: `corpus/split`, the one looked into.
        second: `corpus/split`, the one whose tweets are counted.
        exact: tweets whose words all stand in the first split as one tweet.
        normalised: tweets whose normalised text stands in the first split.
        images: tweets whose image id a tweet of the first split names too.
    """

    first: str
    second: str
    exact: int
    normalised: int
    images: int


def normal_text(words: Iterable[str]) -> str:
    """The normalised text of a tweet; empty when nothing is left to compare."""
    kept = "".join(word for word in words if word != "RT" and not word.lower().startswith(("@", "http")))
    letters = [character for character in kept if character.isalnum()]
    plain = [character for character in letters if character.isascii()]
    return "".join(plain if 2 * len(plain) >= len(letters) else letters).casefold()


def overlaps(corpora: Sequence[Corpus]) -> list[Overlap]:
    """What each two splits share, within a corpus and across corpora, in the order the splits come."""
    keyed = [_Keys.of(f"{corpus.name}/{split}", corpus[split]) for corpus in corpora for split in corpus.splits]
    return [
        Overlap(
            first.name,
            second.name,
            _shared(first.exact, second.exact),
            _shared(first.normal, second.normal),
            _shared(first.images, second.images),
        )
        for first, second in combinations(keyed, 2)
    ]


def repeats(examples: Sequence[Example]) -> tuple[int, int]:
    """How many tweets of a split have a text that an earlier tweet has: exact, normalised."""
    keys = _Keys.of("", examples)
    return _repeated(keys.exact), _repeated(keys.normal)


@dataclass(frozen=True)
class _Keys:
    """What the tweets of a split are compared by; a tweet that has nothing to compare is left out."""

    name: str
    exact: list[Hashable]
    normal: list[Hashable]
    images: list[Hashable]

    @classmethod
    def of(cls, name: str, examples: Sequence[Example]) -> _Keys:
        return cls(
            name,
            [example.words for example in examples],
            [text for text in (normal_text(example.words) for example in examples) if text],
            [example.image_id for example in examples if example.image_id is not None],
        )


def _shared(first: list[Hashable], second: list[Hashable]) -> int:
    known = set(first)
    return sum(key in known for key in second)


def _repeated(keys: list[Hashable]) -> int:
    return len(keys) - len(set(keys))
