"""The one place that says whether a difference is called significant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mnerbench.reports.statistics.ttests import FEW_SEEDS, FEWEST_SEEDS, LEVEL


class Tested(Protocol):
    """What a verdict needs to know of a test, over seeds or over tweets."""

    @property
    def difference(self) -> float | None:
        """Of `a` minus `b`; None when a side is empty."""

    @property
    def p(self) -> float | None:
        """Two-sided; None when the test was not made."""

    @property
    def n(self) -> tuple[int, int]:
        """Runs of `a` and of `b`."""

    @property
    def reason(self) -> str | None:
        """Why there is no p."""


class Verdict(StrEnum):
    """What a test of `a` against `b` shows."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not shown"
    SAME = "same by construction"
    TOO_FEW = "too few runs"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Judgement:
    """A verdict and what it rests on; nothing is rounded.

    Attributes:
        verdict: what is shown.
        n: runs of `a` and of `b`.
        doubtful: there are so few runs that the verdict comes with a warning.
        p: by which it was decided, adjusted for the other tests of its family; None where there was none.
        family: tests that were adjusted for, this one included; 1 where it stood alone.
        detectable: the smallest difference that so many runs show with a chance of 80 %, where known.
        beyond: the difference is larger than that and yet not shown.
        reason: why there was no test.
    """

    verdict: Verdict
    n: tuple[int, int]
    doubtful: bool
    p: float | None = None
    family: int = 1
    detectable: float | None = None
    beyond: bool = False
    reason: str | None = None


def judge(test: Tested, adjusted: float | None, family: int = 1, detectable: float | None = None) -> Judgement:
    """Whether `a` is better or worse than `b`; refused when a side has fewer than `FEWEST_SEEDS` runs.

    Args:
        test: over seeds, or over seeds and tweets.
        adjusted: its p after Holm's adjustment; the plain p for a test that stands alone.
        family: tests that were adjusted for, this one included.
        detectable: `power.detectable_difference` of the runs' spreads, for the words of what is not shown.

    Raises:
        ValueError: an adjusted p without a test, below the test's own, or none although there was a test.
    """
    if (adjusted is None) != (test.p is None) or (adjusted or 0) < (test.p or 0):
        raise ValueError(f"an adjusted p of {adjusted} does not belong to a p of {test.p}")
    return Judgement(
        verdict=(verdict := _verdict(test, adjusted)),
        n=test.n,
        doubtful=FEWEST_SEEDS <= min(test.n) < FEW_SEEDS,
        p=adjusted,
        family=family,
        detectable=detectable,
        beyond=verdict is Verdict.NOT_SHOWN and detectable is not None and abs(test.difference or 0.0) >= detectable,
        reason=test.reason,
    )


def _verdict(test: Tested, adjusted: float | None) -> Verdict:
    if min(test.n) < FEWEST_SEEDS:
        return Verdict.TOO_FEW
    if adjusted is None or test.difference is None:
        return Verdict.SAME if test.difference == 0 else Verdict.NOT_TESTED
    if adjusted >= LEVEL:
        return Verdict.NOT_SHOWN
    return Verdict.BETTER if test.difference > 0 else Verdict.WORSE
