"""Missing inputs of a run as data: what is missing, the reason, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

# Beginnings of remedies that can be typed as they are.
COMMANDS = ("benchmark ", "pip ", "apt-get ", "hf ")


@dataclass(frozen=True)
class Need:
    """One missing input.

    Attributes:
        reason: what is missing, and where it was looked for.
        ways: ways to get it, one line each; the first is the remedy, a command if there is one.
        what: the input in a few words (`pictures of twitter15`); needs with equal `what` and remedy are reported
            together.
    """

    reason: str
    ways: tuple[str, ...] = ()
    what: str = ""

    def __str__(self) -> str:
        return "\n".join([self.reason, *(f"  -> {way}" for way in self.ways)])

    @property
    def brief(self) -> str:
        """The reason with the first way only, for records and tables."""
        return str(replace(self, ways=self.ways[:1]))

    @classmethod
    def of(cls, message: str, before: str = "", what: str = "") -> Need:
        """Parse the message of an error: a reason, followed by remedies on separate lines."""
        reason, *ways = message.split("\n  -> ")
        return cls(before + reason, tuple(ways), what)

    @property
    def has_command(self) -> bool:
        """Whether the remedy is a command."""
        return bool(self.ways) and self.ways[0].startswith(COMMANDS)

    def or_by(self, ways: Sequence[str]) -> Need:
        """The same need with further ways."""
        return replace(self, ways=tuple(dict.fromkeys([*self.ways, *ways])))


Needs = tuple[Need, ...]


def easiest(options: Sequence[Needs]) -> Needs:
    """The alternative with the fewest needs that no command can satisfy.

    Args:
        options: the needs of each alternative for the same input. Of equally easy ones the last is preferred: it makes
            the input from pictures, which other methods need too.

    Returns:
        The needs of the easiest alternative; the first way of each other single-need alternative is added to its ways.
    """
    best = min(reversed(options), key=lambda needs: sum(not need.has_command for need in needs))
    others = [way for needs in options if needs is not best and len(needs) == 1 for way in needs[0].ways[:1]]
    return tuple(need.or_by(others) for need in best)


def unique(needs: Sequence[Need]) -> Needs:
    """The needs in order, without duplicates."""
    return tuple(dict.fromkeys(needs))
