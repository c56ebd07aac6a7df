"""Which tweet of a prediction file is which of ours: by words, spelling, id or picture, neighbours, or order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mnerbench.benchmark.external.interpretation import Interpretation
from mnerbench.benchmark.external.predicted import PredictedTweet
from mnerbench.benchmark.external.spelling import bare
from mnerbench.benchmark.external.words import word_positions
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError


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
    if file.tweets and not any(tweet.words or tweet.text is not None for tweet in file.tweets):
        return _without_words(file, ours)
    return _Search(file, ours).partners()


class _Search:
    def __init__(self, file: Interpretation, ours: Sequence[Example]) -> None:
        self._tweets, self._pieces, self._ours = file.tweets, file.pieces, ours
        self._partners: dict[int, int] = {}
        self._free = dict.fromkeys(range(len(file.tweets)))

    def partners(self) -> dict[int, int]:
        by_words = _index((tweet.words, n) for n, tweet in enumerate(self._tweets) if tweet.words)
        for number, example in enumerate(self._ours):
            self._take(number, by_words[example.words])
        by_letters = _index((letters, n) for n in [*self._free] if (letters := _letters(self._tweets[n])))
        for number, example in enumerate(self._ours):
            if number not in self._partners:
                same = by_letters[bare("".join(example.words))]
                self._take(number, [n for n in same if self._tweets[n].entities is not None or self._alike(n, example)])
        for name in ("id", "image"):
            named = _index((key, n) for n in [*self._free] if (key := getattr(self._tweets[n], name)) is not None)
            for number, example in enumerate(self._ours):
                key = example.id if name == "id" else example.image_id
                if number not in self._partners:
                    self._take(number, [n for n in named[key] if self._alike(n, example)])
        for number, example in enumerate(self._ours):
            before = self._partners.get(number - 1, -1 if number == 0 else None)
            if before is not None and before + 1 in self._free and number not in self._partners:
                self._take(number, [before + 1] if self._alike(before + 1, example) else [])
        return self._partners

    def _take(self, number: int, candidates: Sequence[int]) -> None:
        # Where the one before stands decides among tweets of the same words.
        expected = self._partners.get(number - 1, number - 1) + 1
        best = min((c for c in candidates if c in self._free), key=lambda c: abs(c - expected), default=None)
        if best is not None and number not in self._partners:
            self._partners[number] = best
            del self._free[best]

    def _alike(self, number: int, example: Example) -> bool:
        tweet = self._tweets[number]
        if not tweet.words:
            return tweet.entities is None and len(tweet.predicted) == len(example.words)
        return word_positions(tweet.words, example.words, self._pieces) is not None


def _letters(tweet: PredictedTweet) -> str:
    """The letters of a tweet, without marks of pieces."""
    if not tweet.words:
        return bare(tweet.text or "")
    return bare("".join(word.removeprefix("##").replace("▁", "") for word in tweet.words))


def _index(pairs: Iterator[tuple[object, int]]) -> defaultdict[object, list[int]]:
    index: defaultdict[object, list[int]] = defaultdict(list)
    for key, number in pairs:
        index[key].append(number)
    return index


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
