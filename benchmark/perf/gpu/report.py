"""The report of a whole check, by part, with its JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mnerbench.benchmark.perf.gpu.outcomes import Check, Figure, Outcome, Status

FORMAT = 1  # version of the JSON file, raised on incompatible changes


@dataclass
class PartReport:
    """The outcomes of a part.

    Attributes:
        name, about: name and description of the part.
        budget: time limit in seconds.
        seconds: time taken; None if it has not started.
        stopped: why it was aborted, or empty.
        not_started: why it was not started, or empty.
        checks, figures: outcomes by name.
    """

    name: str
    about: str
    budget: float
    seconds: float | None = None
    stopped: str = ""
    not_started: str = "not reached"
    checks: dict[str, Check] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Add an outcome, replacing an earlier one with the same name."""
        outcomes: dict[str, Any] = self.checks if isinstance(outcome, Check) else self.figures
        outcomes[outcome.name] = outcome

    def count(self, status: Status) -> int:
        """Number of checks with a status."""
        return sum(check.status is status for check in self.checks.values())

    @property
    def status(self) -> Status:
        """Failed if anything failed; passed only if everything ran and passed."""
        if self.stopped or self.count(Status.FAILED):
            return Status.FAILED
        if self.not_started or self.count(Status.SKIPPED):
            return Status.SKIPPED
        return Status.PASSED

    @property
    def reason(self) -> str:
        """Why it has not passed, in a line; empty if it has."""
        if self.not_started:
            return self.not_started
        checks = [check for check in self.checks.values() if check.status is self.status]
        reasons = [self.stopped] if self.stopped else []
        if self.status is not Status.PASSED and checks:
            reasons.append(f"{len(checks)} of {len(self.checks)} checks {self.status.value}: {checks[0].reason}")
        return "; ".join(reasons)

    def plain(self) -> dict[str, Any]:
        """The JSON form."""
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
    """The report of a whole check.

    Attributes:
        facts: machine, versions and training data.
        parts: parts in order of execution.
        seconds: time since the start.
        ended: whether the report is final.
    """

    facts: dict[str, Any]
    parts: Sequence[PartReport]
    seconds: float = 0.0
    ended: bool = False

    @property
    def failed(self) -> bool:
        """Whether any part failed."""
        return any(part.status is Status.FAILED for part in self.parts)

    def plain(self) -> Mapping[str, Any]:
        """The JSON form."""
        return {
            "format": FORMAT,
            "facts": self.facts,
            "seconds": self.seconds,
            "ended": self.ended,
            "parts": [part.plain() for part in self.parts],
        }
