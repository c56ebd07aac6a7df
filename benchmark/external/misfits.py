"""Kinds of mismatch between a prediction file and our gold, and a bounded list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LISTED = 10_000  # of a kind: more than the tweets of any published test split


class Misfit(StrEnum):
    """Kind of mismatch.

    `missing`: a tweet of ours without predictions, scored as all `O`. `extra`: a tweet of the file that is not in our
    split, ignored. `moved`: a tweet in another position. `edited`: the same number of words, some of them changed.
    `shortened`: words at the end without predictions, scored as `O`. `dropped`: words before the end without
    predictions, scored as `O`. `split`: words that the file splits; the label of the first part counts. `gold`: gold
    labels that differ from ours; ours count. `type`: a predicted type that the dataset does not have. `label`: a
    predicted string that is not a label, read as `O`. `unmatched`: a predicted entity that does not occur in the tweet,
    ignored. `unreadable`: an answer from which no entities could be read, scored as all `O`.
    """

    MISSING = "missing"
    EXTRA = "extra"
    MOVED = "moved"
    EDITED = "edited"
    SHORTENED = "shortened"
    DROPPED = "dropped"
    SPLIT = "split"
    GOLD = "gold"
    TYPE = "type"
    LABEL = "label"
    UNMATCHED = "unmatched"
    UNREADABLE = "unreadable"


# In a tweet with one of these, some words have no prediction.
PARTIAL = frozenset({Misfit.MISSING, Misfit.SHORTENED, Misfit.DROPPED, Misfit.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Finding:
    """A mismatch.

    Attributes:
        misfit: its kind.
        tweet: number of the tweet in our split, from 1; None if the tweet is not in our split.
        line: line of the file; None if the tweet is not in the file.
        text: description.
    """

    misfit: Misfit
    tweet: int | None
    line: int | None
    text: str


class Findings:
    """Collects mismatches: the first ones of each kind are listed, further ones only counted.

    Attributes:
        listed: at most `most` of a kind, in order of arrival.
        unlisted: number of further ones, by kind.

    Args:
        most: limit per kind.
    """

    def __init__(self, most: int = MOST_LISTED) -> None:
        self.listed: list[Finding] = []
        self.unlisted: Counter[Misfit] = Counter()
        self._most, self._counts = most, Counter[Misfit]()

    def has_room(self, misfit: Misfit) -> bool:
        """Whether the next mismatch of a kind will be listed, so that its text is needed."""
        return self._counts[misfit] < self._most

    def add(self, findings: Iterable[Finding]) -> None:
        """List mismatches, or count those beyond the limit."""
        for finding in findings:
            if self.has_room(finding.misfit):
                self.listed.append(finding)
                self._counts[finding.misfit] += 1
            else:
                self.unlisted[finding.misfit] += 1

    def count(self, misfit: Misfit, number: int) -> None:
        """Count mismatches without listing them."""
        if number:
            self.unlisted[misfit] += number


def count_noun(count: int, singular: str, plural: str | None = None) -> str:
    """`1 word`, `2 words`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def short_text(words: Sequence[str], most: int = 60) -> str:
    """The quoted beginning of a tweet, with unprintable characters escaped."""
    text = " ".join(words)
    return repr(text if len(text) <= most else text[: most - 3] + "...")
