"""Whether our runs reproduce a published score, whose runs are unknown but for their number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import stdtrit

from mnerbench.reports.statistics.ttests import LEVEL

MARGIN = 0.01  # scores that differ by less than a point reproduce each other


class Reproduction(StrEnum):
    """The outcome of a comparison with a published score."""

    YES = "reproduced"
    NO = "not reproduced"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class ReproductionTest:
    """The difference of our mean to a published score.

    Attributes:
        outcome: reproduced if both are equivalent, not reproduced if they differ, else unknown.
        difference: ours minus the published score.
        interval: 95 % confidence interval of the difference in the long run.
    """

    outcome: Reproduction
    difference: float
    interval: tuple[float, float]


def reproduces(
    mean: float, std: float, n: int, published: float, published_runs: int, *, margin: float = MARGIN
) -> ReproductionTest:
    """Compare our runs with a published score, whose runs are taken to spread like ours.

    Equivalence is decided by two one-sided t-tests at 5 % (Schuirmann 1987), the difference by a two-sided one. Scores
    that are both equivalent and different count as reproduced.

    Args:
        mean: of our scores, as a fraction.
        std: sample standard deviation of our scores.
        n: number of our runs, at least two.
        published: the published score.
        published_runs: number of runs that it is the mean of.
        margin: largest irrelevant difference.

    Raises:
        ValueError: there are fewer than two runs of ours or no published one.
    """
    if n < 2 or published_runs < 1:
        raise ValueError(f"{n} runs of ours and {published_runs} published: at least two and one are needed")
    difference, error = mean - published, std * math.sqrt(1 / n + 1 / published_runs)
    one_sided, two_sided = (float(stdtrit(n - 1, 1 - level)) * error for level in (LEVEL, LEVEL / 2))
    if abs(difference) + one_sided < margin:
        outcome = Reproduction.YES
    else:
        outcome = Reproduction.NO if abs(difference) > two_sided else Reproduction.UNKNOWN
    return ReproductionTest(outcome, difference, (difference - two_sided, difference + two_sided))
