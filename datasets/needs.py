"""What a run lacks, as data: what is missing, why we think so, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

# How a way begins that can be typed as it stands.
COMMANDS = ("benchmark ", "pip ", "apt-get ", "hf ")


@dataclass(frozen=True)
class Need:
    """One thing that is missing.

    Attributes:
        reason: what is missing, and where it was looked for.
        ways: how to get it, each a line; the first is the remedy, a command wherever there is one.
        what: the thing in a few words (`pictures of twitter15`); needs of the same thing and remedy are told together.
    """

    reason: str
    ways: tuple[str, ...] = ()
    what: str = ""

    def __str__(self) -> str:
        return "\n".join([self.reason, *(f"  -> {way}" for way in self.ways)])

    @property
    def brief(self) -> str:
        """The reason with the remedy alone, for records and tables."""
        return str(replace(self, ways=self.ways[:1]))

    @classmethod
    def of(cls, message: str, before: str = "", what: str = "") -> Need:
        """The need that the message of an error states: a reason, and remedies in lines of their own."""
        reason, *ways = message.split("\n  -> ")
        return cls(before + reason, tuple(ways), what)

    @property
    def has_command(self) -> bool:
        """Whether the remedy is a command."""
        return bool(self.ways) and self.ways[0].startswith(COMMANDS)

    def or_by(self, ways: Sequence[str]) -> Need:
        """The same need with further ways to do without it."""
        return replace(self, ways=tuple(dict.fromkeys([*self.ways, *ways])))


Needs = tuple[Need, ...]


def easiest(options: Sequence[Needs]) -> Needs:
    """Of several ways to the same input the one that commands can get; what the others take is named as a way.

    Args:
        options: what each lacks; the last wins where two are as easy: it is the one that makes the input from
            pictures, which other methods need too.

    Returns:
        The needs of the easiest option. Each names the other options' things among its ways.
    """
    best = min(reversed(options), key=lambda needs: sum(not need.has_command for need in needs))
    others = [way for needs in options if needs is not best and len(needs) == 1 for way in needs[0].ways[:1]]
    return tuple(need.or_by(others) for need in best)


def unique(needs: Sequence[Need]) -> Needs:
    """Needs in order, none twice."""
    return tuple(dict.fromkeys(needs))
