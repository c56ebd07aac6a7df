"""What came of a run, as a table in Markdown."""

from __future__ import annotations

import platform
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from fuzzer.pool import Result


@dataclass
class Tally:
    """Counts of one target."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class Tallies:
    """Counts by target, and the first result of each fault."""

    def __init__(self) -> None:
        self._by_target: dict[str, Tally] = {}
        self.faults: dict[tuple[str, str], Result] = {}
        self.times: Counter[tuple[str, str]] = Counter()

    def hear(self, result: Result) -> bool:
        """Count a result.

        Returns:
            Whether it is the first with its fault.
        """
        tally = self._by_target.setdefault(result.target, Tally())
        tally.outcomes[result.outcome] += 1
        tally.slowest = max(tally.slowest, result.seconds)
        if result.outcome != "failed":
            return False
        key = result.target, result.fault
        self.times[key] += 1
        # The one with the lowest number, whichever process was first.
        if key not in self.faults or result.number < self.faults[key].number:
            self.faults[key] = result
        return self.times[key] == 1

    @property
    def total(self) -> int:
        """Inputs so far."""
        return sum(tally.outcomes.total() for tally in self._by_target.values())

    def markdown(self) -> str:
        """A row per target, and one of all."""
        rows = [(name, tally.outcomes, tally.slowest) for name, tally in sorted(self._by_target.items())]
        whole = sum((outcomes for _, outcomes, _ in rows), Counter[str]())
        rows.append(("all", whole, max((slowest for _, _, slowest in rows), default=0.0)))
        lines = ["| target | inputs | accepted | refused | failed | slowest |", "|---|--:|--:|--:|--:|--:|"]
        for name, outcomes, slowest in rows:
            counts = (outcomes.total(), outcomes["accepted"], outcomes["refused"], outcomes["failed"])
            lines.append(f"| {name} | {' | '.join(f'{count:,}' for count in counts)} | {slowest:.2f} s |")
        return "\n".join(lines) + "\n"


def page_of(tallies: Tallies, command: str, conditions: str) -> str:
    """A page of documentation about a long run.

    Args:
        tallies: what came of it.
        command: that was given.
        conditions: versions, and how long it took.
    """
    return (
        "# A long run of the fuzzer\n\n"
        "What came of damaged files of every kind that is read: used, or refused with a named error\n"
        "([what is promised, and how it is tested](security.md)). Written by the command itself:\n\n"
        f"    {command}\n\n{conditions}\n\n{tallies.markdown()}"
    )


def versions() -> str:
    """Python and the libraries that read files."""
    libraries = (
        "mnerbench",
        "torch",
        "transformers",
        "tokenizers",
        "safetensors",
        "pillow",
        "pyarrow",
        "numpy",
        "pydantic",
    )
    installed = []
    for name in libraries:
        with suppress(PackageNotFoundError):
            installed.append(f"{name} {version(name)}")
    return ", ".join([f"Python {platform.python_version()}", *installed])
