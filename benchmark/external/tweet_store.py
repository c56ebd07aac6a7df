"""Stores predicted tweets in a few flat arrays, a few bytes per word."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnerbench.benchmark.external.predicted import LazyTweets, PredictedEntity, PredictedTweet

_SPARSE = ("image", "id", "entities", "text", "unreadable")
_BATCH = 1 << 16  # tweets processed at once


class _Numbers(dict[str, int]):
    """Assigns numbers to strings in order of first lookup."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class StringColumn:
    """A sequence of strings per tweet: distinct strings are stored once, occurrences as their numbers."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._flat, self._ends = array("I"), array("q", [0])
        self._strings: list[str] = []

    @classmethod
    def empty(cls, tweets: int) -> StringColumn:
        """A column of tweets without strings."""
        column = cls()
        column._ends = array("q", [0]) * (tweets + 1)
        return column

    def append(self, strings: Sequence[str]) -> None:
        """Add a tweet."""
        self._flat.extend(map(self._numbers.__getitem__, strings))
        self._ends.append(len(self._flat))

    def extend(self, strings: Sequence[str], lengths: Iterable[int]) -> None:
        """Add tweets, given their concatenated strings."""
        self._ends.extend(islice(accumulate(lengths, initial=len(self._flat)), 1, None))
        self._flat.extend(map(self._numbers.__getitem__, strings))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def strings(self) -> Sequence[str]:
        """Distinct strings, in order of first occurrence."""
        if len(self._strings) < len(self._numbers):
            self._strings = list(self._numbers)
        return self._strings

    @property
    def flat(self) -> NDArray[np.uint32]:
        """Numbers of the strings of all tweets, concatenated."""
        return np.frombuffer(self._flat, np.uint32) if self._flat else np.zeros(0, np.uint32)

    @property
    def ends(self) -> NDArray[np.int64]:
        """End of each tweet in `flat`, preceded by 0."""
        return np.frombuffer(self._ends, np.int64)

    def of(self, number: int) -> tuple[str, ...]:
        """The strings of a tweet."""
        return tuple(map(self.strings.__getitem__, self._flat[self._ends[number] : self._ends[number + 1]]))

    def key(self, number: int) -> bytes:
        """A key that is equal for tweets with the same strings."""
        return self._flat[self._ends[number] : self._ends[number + 1]].tobytes()

    def key_of(self, strings: Sequence[str]) -> bytes | None:
        """The key of a tweet with these strings; None if the column lacks one of them."""
        numbers = [number for number in map(self._numbers.get, strings) if number is not None]
        return array("I", numbers).tobytes() if len(numbers) == len(strings) else None

    def counts(self) -> Counter[str]:
        """Frequency of each string, in order of first occurrence."""
        return Counter(dict(zip(self.strings, np.bincount(self.flat).tolist(), strict=True)))


class TweetStore(LazyTweets):
    """Packed tweets of a prediction file, unpacked on access.

    Args:
        tweets: in file order.
    """

    def __init__(self, tweets: Iterable[PredictedTweet]) -> None:
        self._words, self._predicted, self._gold = StringColumn(), StringColumn(), StringColumn()
        self._lines, self._without_gold = array("q"), bytearray()
        self._sparse: dict[str, list[Any]] = {}
        for tweet in tweets:
            self._append(tweet)

    @classmethod
    def of_columns(
        cls,
        words: StringColumn | None,
        predicted: StringColumn | None,
        gold: StringColumn | None,
        lines: array[int],
        images: Sequence[str | None],
    ) -> TweetStore:
        """Create a store from packed columns; None for absent ones.

        Args:
            words: words by tweet.
            predicted: predicted labels by tweet.
            gold: the file's gold labels by tweet.
            lines: first line of each tweet.
            images: image id of each tweet.
        """
        store, count = cls(()), len(lines)
        store._words, store._predicted, store._gold = (
            column if column is not None else StringColumn.empty(count) for column in (words, predicted, gold)
        )
        store._lines, store._without_gold = lines, bytearray([gold is None]) * count
        if any(image is not None for image in images):
            store._sparse["image"] = list(images)
        return store

    @classmethod
    def of(cls, tweets: Sequence[PredictedTweet]) -> TweetStore:
        """Pack tweets unless they are packed already."""
        return tweets if isinstance(tweets, TweetStore) else cls(tweets)

    def _append(self, tweet: PredictedTweet) -> None:
        self._words.append(tweet.words)
        self._predicted.append(tweet.predicted)
        self._gold.append(tweet.gold or ())
        self._without_gold.append(tweet.gold is None)
        for name in _SPARSE:
            value = getattr(tweet, name)
            if value is not None and name not in self._sparse:
                self._sparse[name] = [None] * len(self._lines)
            if name in self._sparse:
                self._sparse[name].append(value)
        self._lines.append(tweet.line)

    def __len__(self) -> int:
        return len(self._lines)

    def at(self, number: int) -> PredictedTweet:
        """Unpack a tweet."""
        return PredictedTweet(
            line=self._lines[number],
            words=self._words.of(number),
            predicted=self._predicted.of(number),
            gold=None if self._without_gold[number] else self._gold.of(number),
            **{name: values[number] for name, values in self._sparse.items()},
        )

    @property
    def vocabulary(self) -> Sequence[str]:
        """Distinct words, in order of first occurrence."""
        return self._words.strings

    @property
    def has_words(self) -> bool:
        """Whether any tweet has words or a text."""
        return bool(self._words.strings) or "text" in self._sparse

    @property
    def has_gold(self) -> bool:
        """Whether any tweet has gold labels in the file."""
        return 0 in self._without_gold

    def label_counts(self) -> Counter[str]:
        """Frequencies of predicted labels over all tweets."""
        return self._predicted.counts()

    def gold_counts(self) -> Counter[str]:
        """Frequencies of the file's gold labels over all tweets."""
        return self._gold.counts()

    def entities(self) -> Iterator[tuple[PredictedEntity, ...]]:
        """Entities of each tweet that has entities instead of labels."""
        return (items for items in self._sparse.get("entities", ()) if items is not None)

    def values(self, name: str) -> Mapping[int, Any]:
        """Present values of an optional attribute of `PredictedTweet` (`id`, `image`, `text`), by tweet number."""
        return {number: value for number, value in enumerate(self._sparse.get(name, ())) if value is not None}

    def has_entities(self, number: int) -> bool:
        """Whether a tweet has entities instead of labels."""
        entities = self._sparse.get("entities")
        return entities is not None and entities[number] is not None

    def with_words(self, queries: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
        """Ascending numbers of the tweets with exactly the given words, by these words; ignores empty queries."""
        keys = {key: words for words in queries if words and (key := self._words.key_of(words)) is not None}
        numbers: dict[tuple[str, ...], list[int]] = {}
        lengths = {len(words) for words in keys.values()}
        candidates = np.flatnonzero(np.isin(np.diff(self._words.ends), list(lengths)))
        for number in map(int, candidates):
            words = keys.get(self._words.key(number))
            if words is not None:
                numbers.setdefault(words, []).append(number)
        return numbers

    def without_words(self) -> list[int]:
        """Numbers of the tweets without words."""
        return np.flatnonzero(np.diff(self._words.ends) == 0).tolist()

    def with_sums(self, weights: Sequence[int], sums: Collection[int]) -> list[int]:
        """Numbers of the tweets whose word weights add up to one of the given sums, modulo 2^64.

        Args:
            weights: weight of each word of the vocabulary.
            sums: the sums.
        """
        ends, flat = self._words.ends, self._words.flat
        word_weights, targets = np.array(weights, np.uint64), np.array(list(sums), np.uint64)
        numbers: list[int] = []
        for first in range(0, len(self), _BATCH):
            cuts = ends[first : first + _BATCH + 1]
            total = np.zeros(cuts[-1] - cuts[0] + 1, np.uint64)
            np.cumsum(word_weights[flat[cuts[0] : cuts[-1]]], out=total[1:])
            tweet_sums = np.diff(total[cuts - cuts[0]])
            fitting = np.isin(tweet_sums, targets) & (np.diff(cuts) > 0)
            numbers += (np.flatnonzero(fitting) + first).tolist()
        return numbers

    def any_fully_labelled(self, words: Sequence[int]) -> bool:
        """Whether any tweet without entities contains one of the given words and has a label for each of its words.

        Args:
            words: indices of words in `vocabulary`.
        """
        positions = np.flatnonzero(np.isin(self._words.flat, np.array(words, np.uint32))) if words else ()
        numbers = np.unique(np.searchsorted(self._words.ends, positions, side="right") - 1)
        complete = np.diff(self._words.ends) == np.diff(self._predicted.ends)
        return any(bool(complete[number]) and not self.has_entities(int(number)) for number in numbers)
