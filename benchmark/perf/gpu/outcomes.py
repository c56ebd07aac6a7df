"""Outcomes of the parts: checks that passed, failed or were skipped, and measured figures with units."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.benchmark.perf.pairs import Pair


class Status(StrEnum):
    """Result of a check or a part. Skipped does not count as passed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class CheckError(Exception):
    """A check failed."""


class SkippedError(Exception):
    """A check cannot run on this machine; the message states why."""


def require(condition: object, message: str) -> None:
    """Fail a check unless a condition holds.

    Raises:
        CheckError: the condition is false.
    """
    if not condition:
        raise CheckError(message)


@dataclass(frozen=True)
class Check:
    """The result of a check.

    Attributes:
        name: unique within its part.
        status: the result.
        reason: why it failed or was skipped; empty if it passed.
    """

    name: str
    status: Status
    reason: str = ""


@dataclass(frozen=True)
class Measure:
    """A quantity that was measured several times.

    Attributes:
        value: median.
        unit: unit of `value`, `low` and `high`.
        low, high: minimum and maximum.
        repeats: number of measurements.
    """

    value: float
    unit: str
    low: float
    high: float
    repeats: int


def measure(values: Sequence[float], unit: str) -> Measure:
    """Median and spread."""
    return Measure(statistics.median(values), unit, min(values), max(values), len(values))


@dataclass(frozen=True)
class Figure:
    """Our measurement, and that of a rival if there is one.

    Attributes:
        name: unique within its part; a later figure with the same name replaces the earlier.
        ours: our measurement.
        note: conditions, and the rival.
        rival: the rival's measurement, or None.
        bar: target ratio on an H200, or None.
    """

    name: str
    ours: Measure
    note: str = ""
    rival: Measure | None = None
    bar: float | None = None

    @property
    def ratio(self) -> float | None:
        """The rival's value over ours."""
        return self.rival.value / self.ours.value if self.rival is not None and self.ours.value else None


def from_pair(pair: Pair, bar: float | None = None) -> Figure:
    """Convert a pair of `benchmark perf`, in milliseconds."""
    return Figure(pair.what, measure(pair.ours, "ms"), pair.rival, measure(pair.theirs, "ms"), bar)


Outcome = Check | Figure
Emit = Callable[[Outcome], None]


def attempt(name: str, test: Callable[[], object], emit: Emit) -> None:
    """Run a check and emit its result; exceptions do not propagate."""
    try:
        test()
    except SkippedError as error:
        emit(Check(name, Status.SKIPPED, str(error)))
    except Exception as error:  # noqa: BLE001 - a broken check must not prevent the others
        emit(Check(name, Status.FAILED, reason_of(error)))
    else:
        emit(Check(name, Status.PASSED))


def reason_of(error: BaseException) -> str:
    """Format an error as the reason of a failure; a `CheckError` by its message alone."""
    text = " ".join(str(error).split())
    return text if isinstance(error, CheckError) and text else f"{type(error).__name__}: {text}".removesuffix(": ")
