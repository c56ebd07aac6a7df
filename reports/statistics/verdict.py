"""Verdicts: the only module that decides whether methods differ, or are equivalent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.reports.statistics.claim import Claim
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import FEW_SEEDS, LEVEL

MARGIN = 0.005  # differences below half a point are taken as irrelevant unless set otherwise


class Verdict(StrEnum):
    """The outcome of a test of `a` against `b`; `exploratory` for a test that belongs to no declared family."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"
    SAME = "the same"
    TOO_FEW = "too few runs"
    NOT_TESTED = "not tested"
    EXPLORATORY = "exploratory"


@dataclass(frozen=True)
class Judgement:
    """A verdict and the values it is based on; nothing is rounded.

    Attributes:
        verdict: the outcome.
        difference: mean of `a` minus mean of `b`; None when a side is empty.
        interval: simultaneous 95 % confidence interval of the family: the differences of all its tests are in their
            intervals with a probability of 95 %. Excludes 0 for `better` and `worse`, where 0 may be its open end, and
            lies within the margin for `equivalent`. None without a test.
        p: adjusted for the other tests of the family; None without a test.
        family: number of tests in the family, this one included; 0 if it is in none.
        margin: largest difference that is irrelevant.
        n: numbers of runs of `a` and `b`.
        doubtful: whether there are so few runs that the verdict needs a warning.
        over_tweets: whether it also holds on other tweets; False without counts by tweet.
        plan: the numbers of seeds at which it was planned to be made.
        reason: why there is no test.
    """

    verdict: Verdict
    difference: float | None
    interval: tuple[float, float] | None
    p: float | None
    family: int
    margin: float
    n: tuple[int, int]
    doubtful: bool
    over_tweets: bool
    plan: SeedPlan = field(default_factory=SeedPlan)
    reason: str | None = None

    @property
    def has_verdict(self) -> bool:
        """Whether the claim was decided, or both sides are the same."""
        return self.verdict not in {Verdict.TOO_FEW, Verdict.NOT_TESTED, Verdict.EXPLORATORY}

    @property
    def is_provisional(self) -> bool:
        """Whether there are few runs, or fewer than planned."""
        return self.doubtful or self.plan.is_short(self.n)


def judge(claims: Sequence[Claim], margin: float = MARGIN) -> list[Judgement]:
    """Judge the claims of one family, with Holm's adjustment and the simultaneous intervals that belong to it.

    With m tests of which r are significant, the interval of a significant one is that of level 5 % / m, cut at 0, and
    that of another the one of level 5 % / (m - r) (Guilbaud 2008; Strassburger and Bretz 2008). So intervals, p-values
    and verdicts never disagree. A claim is `equivalent` if its interval lies within the margin, which implies that two
    one-sided tests against the margin are significant at half the adjusted level. Claims that cannot be tested do not
    belong to the family.

    Args:
        claims: of one family.
        margin: largest difference that is irrelevant, as a fraction.

    Raises:
        ValueError: the margin is not positive.
    """
    if not margin > 0:
        raise ValueError(f"a margin of {margin} is not positive")
    tested = [index for index, claim in enumerate(claims) if _is_testable(claim)]
    adjusted = dict(zip(tested, holm([claims[index].p for index in tested]), strict=True))
    significant = {index for index, p in adjusted.items() if p is not None and p < LEVEL}
    sizes = {index: len(tested) - (0 if index in significant else len(significant)) for index in tested}
    judgements = []
    for index, claim in enumerate(claims):
        interval = _cut(claim, LEVEL / sizes[index], cut=index in significant) if index in sizes else None
        judgements.append(
            Judgement(
                verdict=_verdict(claim, interval, margin, significant=index in significant),
                difference=claim.difference,
                interval=interval,
                p=adjusted.get(index),
                family=len(tested) if index in adjusted else 0,
                margin=margin,
                n=claim.n,
                doubtful=FEWEST_SEEDS <= min(claim.n) < FEW_SEEDS,
                over_tweets=claim.both is not None and (claim.both.p is not None or claim.both.identical),
                plan=claim.plan,
                reason=claim.reason,
            )
        )
    return judgements


def explored(judged: Judgement) -> Judgement:
    """The judgement of a claim that no family declares: its interval and p-value, but no verdict."""
    return replace(judged, verdict=Verdict.EXPLORATORY) if judged.interval is not None else judged


def reversed_judgement(judged: Judgement) -> Judgement:
    """The judgement of `b` against `a`."""
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    interval, difference, planned = judged.interval, judged.difference, judged.plan
    return replace(
        judged,
        verdict=opposite.get(judged.verdict, judged.verdict),
        difference=-difference if difference is not None else None,
        interval=(-interval[1], -interval[0]) if interval is not None else None,
        n=(judged.n[1], judged.n[0]),
        plan=replace(planned, planned=(planned.planned[1], planned.planned[0]) if planned.planned else None),
    )


def _is_testable(claim: Claim) -> bool:
    return min(claim.n) >= FEWEST_SEEDS and claim.p is not None and not claim.is_same


def _cut(claim: Claim, level: float, *, cut: bool) -> tuple[float, float] | None:
    """The interval of a level; that of a significant difference ends at 0."""
    interval, difference = claim.interval_at(level), claim.difference
    if interval is None or difference is None or not cut:
        return interval
    low, high = interval
    return (max(low, 0.0), high) if difference > 0 else (low, min(high, 0.0))


def _verdict(claim: Claim, interval: tuple[float, float] | None, margin: float, *, significant: bool) -> Verdict:
    if min(claim.n) < FEWEST_SEEDS:
        return Verdict.TOO_FEW
    if claim.is_same:
        return Verdict.SAME
    if interval is None:
        return Verdict.NOT_TESTED
    if significant:
        return Verdict.BETTER if (claim.difference or 0.0) > 0 else Verdict.WORSE
    return Verdict.EQUIVALENT if -margin < interval[0] and interval[1] < margin else Verdict.UNDECIDED
