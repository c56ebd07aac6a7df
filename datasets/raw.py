"""A tweet as a file writes it, before its gold labels are checked: what every parser of split files returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class RawTweet:
    """One tweet of a file.

    Attributes:
        line: one-based line (or row) at which it begins.
        words: its words.
        labels: one label per word, as the file writes it.
        image_id: key of its picture, or None.
        id: as the file has it; None where the format has no ids.
        lines: line of each label, for error messages; empty where all stand on `line`.
    """

    line: int
    words: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    image_id: str | None = None
    id: str | None = None
    lines: list[int] = field(default_factory=list)

    def line_of(self, position: int) -> int:
        """Line of a label."""
        return self.lines[position] if self.lines else self.line


@dataclass(frozen=True)
class RawSplit:
    """The tweets of a file, and how often each policy applied while they were read.

    Attributes:
        tweets: in file order.
        policies: counts by name, such as `entities_overlapping_dropped`; only what applied.
    """

    tweets: list[RawTweet]
    policies: Counter[str] = field(default_factory=Counter)
