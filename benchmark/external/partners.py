"""Which tweet of a prediction file is which of ours: by words, spelling, id or picture, neighbours, or order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from mnerbench.benchmark.external.interpretation import Interpretation
from mnerbench.benchmark.external.nearest import NearestFree
from mnerbench.benchmark.external.predicted import PredictedTweet
from mnerbench.benchmark.external.spelling import bare
from mnerbench.benchmark.external.words import word_positions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError

_MASK = (1 << 64) - 1


def find_partners(file: Interpretation, ours: Sequence[Example]) -> dict[int, int]:
    """Number in the file of each tweet of ours that is there.

    Same words come first, at the number nearest to the expected one; then the same letters, cut into words in another
    way; then the same id or picture; then what follows the same neighbour. What is matched without the same letters has
    to be alike: as many words, half of them the same but for case, or the tweet with words left out.

    Args:
        file: the predictions.
        ours: the split.

    Raises:
        DataError: the file has no words, and neither ids nor its order can be those of our tweets.
    """
    if file.tweets and not file.store.has_words:
        return _without_words(file, ours)
    return _Search(file, ours).partners()


class _Search:
    def __init__(self, file: Interpretation, ours: Sequence[Example]) -> None:
        self._tweets, self._store, self._pieces, self._ours = file.tweets, file.store, file.pieces, ours
        self._partners: dict[int, int] = {}
        self._free = bytearray(b"\1" * len(file.tweets))

    def partners(self) -> dict[int, int]:
        by_words = self._store.with_words({example.words for example in self._ours})
        free = {words: NearestFree(numbers, self._free.__getitem__) for words, numbers in by_words.items()}
        for number, example in enumerate(self._ours):
            self._take(number, free.get(example.words))
        self._by_key(self._by_letters(), lambda example: bare("".join(example.words)), trusts_entities=True)
        self._by_key(self._by_value("id"), lambda example: example.id)
        self._by_key(self._by_value("image"), lambda example: example.image_id)
        for number, example in enumerate(self._ours):
            before = self._partners.get(number - 1, -1 if number == 0 else None)
            if before is None or number in self._partners or before + 1 >= len(self._free):
                continue
            if self._free[before + 1] and self._alike(before + 1, example):
                self._give(number, before + 1)
        return self._partners

    def _by_letters(self) -> dict[object, list[int]]:
        """Free tweets with the letters of one of ours that has no partner."""
        wanted = {bare("".join(e.words)) for number, e in enumerate(self._ours) if number not in self._partners}
        if not wanted:
            return {}
        # Letters in any order: few tweets have to be spelled out to see whether they are the same.
        sums = {_weight(letters) for letters in wanted}
        weights = [_weight(bare(_unmarked(word))) for word in self._store.vocabulary]
        numbers = [*self._store.with_sums(weights, sums), *self._store.without_words()]
        found: dict[object, list[int]] = {}
        for number in sorted(numbers):
            if self._free[number] and (letters := _letters(self._tweets[number])) in wanted and letters:
                found.setdefault(letters, []).append(number)
        return found

    def _by_value(self, name: str) -> dict[object, list[int]]:
        found: dict[object, list[int]] = {}
        for number, value in self._store.values(name).items():
            if self._free[number]:
                found.setdefault(value, []).append(number)
        return found

    def _by_key(
        self,
        numbers: Mapping[object, Sequence[int]],
        key_of: Callable[[Example], object],
        *,
        trusts_entities: bool = False,
    ) -> None:
        """Give tweets of ours the nearest one of the same key that is alike, which is asked once for equal words."""
        known: dict[tuple[object, tuple[str, ...]], NearestFree] = {}
        for number, example in enumerate(self._ours):
            key = None if number in self._partners or not numbers else key_of(example)
            if key not in numbers:
                continue
            place = key, example.words
            if place not in known:
                alike = [
                    n
                    for n in numbers[key]
                    if self._free[n] and ((trusts_entities and self._store.has_entities(n)) or self._alike(n, example))
                ]
                known[place] = NearestFree(alike, self._free.__getitem__)
            self._take(number, known[place])

    def _take(self, number: int, candidates: NearestFree | None) -> None:
        # Where the one before stands decides among tweets of the same words.
        best = candidates.nearest(self._partners.get(number - 1, number - 1) + 1) if candidates is not None else None
        if best is not None:
            self._give(number, best)

    def _give(self, number: int, partner: int) -> None:
        self._partners[number] = partner
        self._free[partner] = 0

    def _alike(self, number: int, example: Example) -> bool:
        tweet = self._tweets[number]
        if not tweet.words:
            return tweet.entities is None and len(tweet.predicted) == len(example.words)
        return word_positions(tweet.words, example.words, self._pieces) is not None


def _unmarked(word: str) -> str:
    """A word without marks of pieces."""
    return word.removeprefix("##").replace("▁", "")


def _letters(tweet: PredictedTweet) -> str:
    """The letters of a tweet, without marks of pieces."""
    if not tweet.words:
        return bare(tweet.text or "")
    return bare("".join(map(_unmarked, tweet.words)))


def _weight(letters: str) -> int:
    """A number that adds up over the parts of a text, modulo 2^64."""
    return sum(map(_letter_weight, letters)) & _MASK


@lru_cache(maxsize=1 << 14)
def _letter_weight(letter: str) -> int:
    return int.from_bytes(hashlib.blake2b(letter.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _without_words(file: Interpretation, ours: Sequence[Example]) -> dict[int, int]:
    """Partners by id, picture or order, whichever is the first to fit in all lengths."""
    reasons = []
    for name, example_keys in (
        ("id", [example.id for example in ours]),
        ("image", [example.image_id for example in ours]),
    ):
        keys = [getattr(tweet, name) for tweet in file.tweets]
        if None in keys or len({*keys}) < len(keys) or len({*example_keys}) < len(example_keys):
            continue
        numbers = {key: number for number, key in enumerate(example_keys)}
        partners = {numbers[key]: number for number, key in enumerate(keys) if key in numbers}
        if not partners:
            continue
        reason = _misfit(file, ours, partners)
        if reason is None:
            return partners
        reasons.append(f"by {name}: {reason}")
    if len(file.tweets) == len(ours):
        partners = dict(zip(range(len(ours)), range(len(ours)), strict=True))
        reason = _misfit(file, ours, partners)
        if reason is None:
            return partners
    else:
        reason = f"{len(file.tweets):,} tweets, and the test split has {len(ours):,}"
    reasons.append(f"by order: {reason}")
    raise DataError.at(
        file.name,
        None,
        "predictions without words, and it is open of which tweets: " + "; ".join(reasons),
        "write the words too",
    )


def _misfit(file: Interpretation, ours: Sequence[Example], partners: Mapping[int, int]) -> str | None:
    """Why the labels cannot be those of our tweets; None when they can: none too many, and most tweets whole."""
    whole = labelled = 0
    for number, partner in partners.items():
        tweet, words = file.tweets[partner], len(ours[number].words)
        if tweet.entities is not None:
            continue
        if len(tweet.predicted) > words:
            return f"{len(tweet.predicted)} labels in line {tweet.line} for tweet {number + 1} of {words} words"
        whole, labelled = whole + (len(tweet.predicted) == words), labelled + 1
    return f"only {whole:,} of {labelled:,} tweets have as many labels as words" if 2 * whole < labelled else None
