"""Verdicts: the only module that decides whether a difference is significant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mnerbench.reports.statistics.ttests import FEW_SEEDS, FEWEST_SEEDS, LEVEL


class Tested(Protocol):
    """The results of a test, over seeds or tweets, that a verdict needs."""

    @property
    def difference(self) -> float | None:
        """Mean of `a` minus mean of `b`; None when a side is empty."""

    @property
    def p(self) -> float | None:
        """Two-sided; None when the test was not made."""

    @property
    def n(self) -> tuple[int, int]:
        """Numbers of runs of `a` and `b`."""

    @property
    def reason(self) -> str | None:
        """Why there is no p."""


class Verdict(StrEnum):
    """The outcome of a test of `a` against `b`."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "not shown"
    SAME = "same by construction"
    TOO_FEW = "too few runs"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Judgement:
    """A verdict and the values it is based on; nothing is rounded.

    Attributes:
        verdict: the outcome.
        n: numbers of runs of `a` and `b`.
        doubtful: whether there are so few runs that the verdict needs a warning.
        p: of the decision, adjusted for the other tests of the family; None without a test.
        family: number of tests in the family, this one included; 1 for a single test.
        detectable: the smallest difference that this number of runs shows with a power of 80 %, where known.
        beyond: whether the difference is not significant although it is larger than `detectable`.
        reason: why there is no test.
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
    """Decide whether `a` is better or worse than `b`; undecided if a side has fewer than `FEWEST_SEEDS` runs.

    Args:
        test: over seeds, or over seeds and tweets.
        adjusted: p after Holm's adjustment; the test's p for a single test.
        family: number of tests in the family, this one included.
        detectable: `power.detectable_difference` of the runs' spreads, for the explanation of "not shown".

    Raises:
        ValueError: `adjusted` without a p, below the test's p, or missing although there is a p.
    """
    if (adjusted is None) != (test.p is None) or (adjusted or 0) < (test.p or 0):
        raise ValueError(f"an adjusted p of {adjusted} does not match a p of {test.p}")
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
