"""What a whole check found, part by part; as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mnerbench.benchmark.perf.gpu.outcomes import Check, Figure, Outcome, Status

FORMAT = 1  # of the JSON file, raised when a reader would have to change


@dataclass
class PartReport:
    """What a part found.

    Attributes:
        name, about: of the part.
        budget: seconds that it may take.
        seconds: that it took; None while it has not begun.
        stopped: why it did not come to its end, if so.
        not_begun: why it was not begun, or not to be done at all, if so.
    """

    name: str
    about: str
    budget: float
    seconds: float | None = None
    stopped: str = ""
    not_begun: str = "not reached"
    checks: dict[str, Check] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Take in what the part found."""
        kept: dict[str, Any] = self.checks if isinstance(outcome, Check) else self.figures
        kept[outcome.name] = outcome

    def count(self, status: Status) -> int:
        """Checks that ended so."""
        return sum(check.status is status for check in self.checks.values())

    @property
    def status(self) -> Status:
        """Failed if anything did; passed only if everything was done and passed."""
        if self.stopped or self.count(Status.FAILED):
            return Status.FAILED
        if self.not_begun or self.count(Status.SKIPPED):
            return Status.SKIPPED
        return Status.PASSED

    @property
    def reason(self) -> str:
        """Why it has not passed, in a line; empty when it has."""
        if self.not_begun:
            return self.not_begun
        wrong = [check for check in self.checks.values() if check.status is self.status]
        said = [self.stopped] if self.stopped else []
        if self.status is not Status.PASSED and wrong:
            said.append(f"{len(wrong)} of {len(self.checks)} checks {self.status.value}: {wrong[0].reason}")
        return "; ".join(said)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "about": self.about,
            "status": self.status.value,
            "reason": self.reason,
            "seconds": self.seconds,
            "budget_seconds": self.budget,
            "checks": [asdict(check) for check in self.checks.values()],
            "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in self.figures.values()],
        }


@dataclass
class Report:
    """All of it.

    Attributes:
        facts: machine, versions, and what was trained on.
        parts: in the order in which they are done.
        seconds: since the beginning.
        ended: whether nothing more is to come.
    """

    facts: dict[str, Any]
    parts: Sequence[PartReport]
    seconds: float = 0.0
    ended: bool = False

    @property
    def failed(self) -> bool:
        """Whether any part did."""
        return any(part.status is Status.FAILED for part in self.parts)

    def plain(self) -> Mapping[str, Any]:
        """As JSON has it."""
        return {
            "format": FORMAT,
            "facts": self.facts,
            "seconds": self.seconds,
            "ended": self.ended,
            "parts": [part.plain() for part in self.parts],
        }
