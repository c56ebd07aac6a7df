"""What the parts of a check find: checks that passed, failed or were skipped, and figures with units."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mnerbench.benchmark.perf.pairs import Pair


class Status(StrEnum):
    """How a check, or a part, ended. What was skipped has not passed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class CheckError(Exception):
    """A check found something wrong."""


class SkippedError(Exception):
    """A check cannot be done here, for a reason."""


def require(condition: object, message: str) -> None:
    """See that something holds.

    Raises:
        CheckError: it does not.
    """
    if not condition:
        raise CheckError(message)


@dataclass(frozen=True)
class Check:
    """Something that holds, or does not, or could not be looked at.

    Attributes:
        name: unique in its part.
        reason: why it failed or was skipped; empty when it passed.
    """

    name: str
    status: Status
    reason: str = ""


@dataclass(frozen=True)
class Measure:
    """A number that was measured several times.

    Attributes:
        value: median.
        unit: of all three.
        low, high: the least and the most.
        repeats: how often.
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
    """What was measured of ours, and of a rival where there is one.

    Attributes:
        name: unique in its part; a later one of the same name takes the place of the earlier.
        note: conditions, and who the rival is.
        bar: the ratio that the project asks for on an H200, where it asks for one.
    """

    name: str
    ours: Measure
    note: str = ""
    rival: Measure | None = None
    bar: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as long the rival takes."""
        return self.rival.value / self.ours.value if self.rival is not None and self.ours.value else None


def from_pair(pair: Pair, bar: float | None = None) -> Figure:
    """A pair of `benchmark perf`, which is in milliseconds."""
    return Figure(pair.what, measure(pair.ours, "ms"), pair.rival, measure(pair.theirs, "ms"), bar)


Outcome = Check | Figure
Emit = Callable[[Outcome], None]


def attempt(name: str, test: Callable[[], object], emit: Emit) -> None:
    """Do a check and tell how it ended; the next one is done in any case."""
    try:
        test()
    except SkippedError as why:
        emit(Check(name, Status.SKIPPED, str(why)))
    except Exception as error:  # noqa: BLE001 - one check that breaks must not cost the others, whatever broke it
        emit(Check(name, Status.FAILED, reason_of(error)))
    else:
        emit(Check(name, Status.PASSED))


def reason_of(error: BaseException) -> str:
    """An error as the reason of a failure: its text alone where somebody wrote it for people."""
    text = " ".join(str(error).split())
    return text if isinstance(error, CheckError) and text else f"{type(error).__name__}: {text}".removesuffix(": ")
