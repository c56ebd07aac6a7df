"""Matches the tweets of a prediction file to ours: by words, spelling, id or picture, neighbours, or order."""

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
    """Match our tweets to those of the file; maps our numbers to the file's, both from 0.

    Tweets with the same words are matched first, the nearest to the expected number; then those with the same letters,
    tokenised differently; then those with the same id or picture; then those that follow a matched neighbour. Tweets
    with other letters have to be similar: the same number of words, half of them equal up to case, or words left out.

    Args:
        file: the predictions.
        ours: the split.

    Raises:
        DataError: the file has no words, and neither its ids nor its order match our tweets.
    """
    if file.tweets and not file.store.has_words:
        return _without_words(file, ours)
    return _Search(file, ours).partners()


class _Search:
    def __init__(self, file: Interpretation, ours: Sequence[Example]) -> None:
        self._tweets, self._store, self._subwords, self._ours = file.tweets, file.store, file.subwords, ours
        self._partners: dict[int, int] = {}
        self._free = bytearray(b"\1" * len(file.tweets))

    def partners(self) -> dict[int, int]:
        by_words = self._store.with_words({example.words for example in self._ours})
        free = {words: NearestFree(numbers, self._free.__getitem__) for words, numbers in by_words.items()}
        for number, example in enumerate(self._ours):
            self._match_nearest(number, free.get(example.words))
        self._by_key(self._by_letters(), lambda example: bare("".join(example.words)), trusts_entities=True)
        self._by_key(self._by_value("id"), lambda example: example.id)
        self._by_key(self._by_value("image"), lambda example: example.image_id)
        for number, example in enumerate(self._ours):
            previous = self._partners.get(number - 1, -1 if number == 0 else None)
            if previous is None or number in self._partners or previous + 1 >= len(self._free):
                continue
            if self._free[previous + 1] and self._is_similar(previous + 1, example):
                self._match(number, previous + 1)
        return self._partners

    def _by_letters(self) -> dict[object, list[int]]:
        """Unmatched tweets of the file that have the letters of an unmatched tweet of ours, by letters."""
        targets = {bare("".join(e.words)) for number, e in enumerate(self._ours) if number not in self._partners}
        if not targets:
            return {}
        # Compare order-independent sums of letters first, so that few tweets have to be spelled out.
        sums = {_weight(letters) for letters in targets}
        weights = [_weight(bare(_unmarked(word))) for word in self._store.vocabulary]
        numbers = [*self._store.with_sums(weights, sums), *self._store.without_words()]
        candidates: dict[object, list[int]] = {}
        for number in sorted(numbers):
            if self._free[number] and (letters := _letters(self._tweets[number])) in targets and letters:
                candidates.setdefault(letters, []).append(number)
        return candidates

    def _by_value(self, name: str) -> dict[object, list[int]]:
        candidates: dict[object, list[int]] = {}
        for number, value in self._store.values(name).items():
            if self._free[number]:
                candidates.setdefault(value, []).append(number)
        return candidates

    def _by_key(
        self,
        numbers: Mapping[object, Sequence[int]],
        key_of: Callable[[Example], object],
        *,
        trusts_entities: bool = False,
    ) -> None:
        """Match our tweets to the nearest similar tweet with the same key; similarity is computed once per words."""
        candidates: dict[tuple[object, tuple[str, ...]], NearestFree] = {}
        for number, example in enumerate(self._ours):
            key = None if number in self._partners or not numbers else key_of(example)
            if key not in numbers:
                continue
            group = key, example.words
            if group not in candidates:
                similar = [
                    n
                    for n in numbers[key]
                    if self._free[n]
                    and ((trusts_entities and self._store.has_entities(n)) or self._is_similar(n, example))
                ]
                candidates[group] = NearestFree(similar, self._free.__getitem__)
            self._match_nearest(number, candidates[group])

    def _match_nearest(self, number: int, candidates: NearestFree | None) -> None:
        # The partner of the preceding tweet decides among tweets of the same words.
        best = candidates.nearest(self._partners.get(number - 1, number - 1) + 1) if candidates is not None else None
        if best is not None:
            self._match(number, best)

    def _match(self, number: int, partner: int) -> None:
        self._partners[number] = partner
        self._free[partner] = 0

    def _is_similar(self, number: int, example: Example) -> bool:
        tweet = self._tweets[number]
        if not tweet.words:
            return tweet.entities is None and len(tweet.predicted) == len(example.words)
        return word_positions(tweet.words, example.words, self._subwords) is not None


def _unmarked(word: str) -> str:
    """A word without subword marks."""
    return word.removeprefix("##").replace("▁", "")


def _letters(tweet: PredictedTweet) -> str:
    """The letters of a tweet, without subword marks."""
    if not tweet.words:
        return bare(tweet.text or "")
    return bare("".join(map(_unmarked, tweet.words)))


def _weight(letters: str) -> int:
    """A hash of the letters that is additive over concatenation, modulo 2^64."""
    return sum(map(_letter_weight, letters)) & _MASK


@lru_cache(maxsize=1 << 14)
def _letter_weight(letter: str) -> int:
    return int.from_bytes(hashlib.blake2b(letter.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _without_words(file: Interpretation, ours: Sequence[Example]) -> dict[int, int]:
    """Match by id, picture or order, whichever is the first with consistent lengths."""
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
        reason = _length_conflict(file, ours, partners)
        if reason is None:
            return partners
        reasons.append(f"by {name}: {reason}")
    if len(file.tweets) == len(ours):
        partners = dict(zip(range(len(ours)), range(len(ours)), strict=True))
        reason = _length_conflict(file, ours, partners)
        if reason is None:
            return partners
    else:
        reason = f"{len(file.tweets):,} tweets, but the test split has {len(ours):,}"
    reasons.append(f"by order: {reason}")
    raise DataError.at(
        file.name,
        None,
        "predictions without words, and their tweets are ambiguous: " + "; ".join(reasons),
        "write the words too",
    )


def _length_conflict(file: Interpretation, ours: Sequence[Example], partners: Mapping[int, int]) -> str | None:
    """Why the labels cannot belong to our tweets; None if no tweet has too many and at least half are complete."""
    complete = labelled = 0
    for number, partner in partners.items():
        tweet, words = file.tweets[partner], len(ours[number].words)
        if tweet.entities is not None:
            continue
        if len(tweet.predicted) > words:
            return f"{len(tweet.predicted)} labels in line {tweet.line} for tweet {number + 1} of {words} words"
        complete, labelled = complete + (len(tweet.predicted) == words), labelled + 1
    return f"only {complete:,} of {labelled:,} tweets have as many labels as words" if 2 * complete < labelled else None
