"""What does not fit between a prediction file and our gold, each kind with a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LISTED = 10_000  # of a kind: more than any test split of the field has tweets


class Misfit(StrEnum):
    """What does not fit.

    `missing`: a tweet of ours without predictions, scored as if nothing was predicted. `extra`: a tweet of the file
    that is none of ours, left out. `moved`: a tweet in another position. `edited`: other words, as many of them.
    `shortened`: words at the end without predictions, scored as `O`. `dropped`: words before the end without
    predictions, scored as `O`. `split`: words that the file cuts in several; the first part's label counts. `gold`:
    gold labels other than ours; ours count. `type`: a predicted type that the dataset does not have. `label`: something
    predicted that is no label, read as `O`. `unmatched`: a predicted entity that is nowhere in the tweet, left out.
    `unreadable`: an answer in which no entities could be read, scored as if nothing was predicted.
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


# Of a tweet that has one of these, not all words have predictions.
PARTIAL = frozenset({Misfit.MISSING, Misfit.SHORTENED, Misfit.DROPPED, Misfit.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One misfit.

    Attributes:
        misfit: its kind.
        tweet: number of the tweet in our split, from 1; None for what is none of ours.
        line: of the file; None for what is not in it.
        text: what it is.
    """

    misfit: Misfit
    tweet: int | None
    line: int | None
    text: str


class Findings:
    """Misfits as they come up: the first ones of each kind with what they are, of all others only how many.

    Attributes:
        listed: at most `most` of a kind, in the order in which they came.
        unlisted: how many more there are, by kind.

    Args:
        most: of a kind.
    """

    def __init__(self, most: int = MOST_LISTED) -> None:
        self.listed: list[Finding] = []
        self.unlisted: Counter[Misfit] = Counter()
        self._most, self._counts = most, Counter[Misfit]()

    def has_room(self, misfit: Misfit) -> bool:
        """Whether the next one of a kind is listed, so that its text has to be written."""
        return self._counts[misfit] < self._most

    def add(self, findings: Iterable[Finding]) -> None:
        """List misfits, or count those for which there is no room."""
        for finding in findings:
            if self.has_room(finding.misfit):
                self.listed.append(finding)
                self._counts[finding.misfit] += 1
            else:
                self.unlisted[finding.misfit] += 1

    def count(self, misfit: Misfit, number: int) -> None:
        """Count some that are not listed."""
        if number:
            self.unlisted[misfit] += number


def number_of(count: int, singular: str, plural: str | None = None) -> str:
    """`1 word`, `2 words`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def short_text(words: Sequence[str], most: int = 60) -> str:
    """The beginning of a tweet, in quotes, with what cannot be printed escaped."""
    text = " ".join(words)
    return repr(text if len(text) <= most else text[: most - 3] + "...")
