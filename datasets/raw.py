"""Tweets as parsed from a file, before their gold labels are checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mnerbench.datasets.corpus import ImageRef


@dataclass
class RawTweet:
    """One tweet of a file.

    Attributes:
        line: one-based line (or row) at which it begins.
        words: its words.
        labels: one label per word, as in the file.
        image_id: key of its picture, those of several pictures, or None.
        id: its id in the file; None if it has none.
        lines: line of each label, for error messages; empty if all are on `line`.
        related: whether its picture is related to it; None if this is not annotated.
    """

    line: int
    words: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    image_id: ImageRef = None
    id: str | None = None
    lines: list[int] = field(default_factory=list)
    related: bool | None = None

    def line_of(self, position: int) -> int:
        """The line of a label."""
        return self.lines[position] if self.lines else self.line


@dataclass(frozen=True)
class RawSplit:
    """The tweets of a file, and how often each policy was applied while parsing.

    Attributes:
        tweets: in file order.
        policies: positive counts by policy name, such as `entities_overlapping_dropped`.
    """

    tweets: list[RawTweet]
    policies: Counter[str] = field(default_factory=Counter)
