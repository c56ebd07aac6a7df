"""Power of Welch's test: detectable differences and required numbers of seeds.

Tests are two-sided at 5 %. Spreads are standard deviations over seeds, in the unit of the difference. Degrees of
freedom are Satterthwaite's for the given spreads; power comes from the noncentral t distribution, which is exact for
Student's test with equal spreads and approximate for Welch's (docs/statistics.md gives the error).
"""

from __future__ import annotations

import math

from scipy.special import nctdtrinc, stdtrit

from mnerbench.reports.statistics.ttests import FEWEST_SEEDS, LEVEL, satterthwaite

POWER = 0.8
MOST_SEEDS = 1_000


def detectable_difference(std_a: float, std_b: float, n: tuple[int, int], power: float = POWER) -> float:
    """The minimum detectable difference: the true difference that is significant with probability `power`.

    Significance with the wrong sign is neglected; its probability is below 0.005 % for a power of at least 0.5.

    Args:
        std_a: standard deviation of a's runs.
        std_b: standard deviation of b's runs.
        n: numbers of runs of `a` and `b`.
        power: in [0.5, 1).

    Raises:
        ValueError: fewer than two runs on a side, spreads that are negative or both 0, or a power out of range.
    """
    if not 0.5 <= power < 1:
        raise ValueError(f"a power of {power} is not in [0.5, 1)")
    error, df = _error(std_a, std_b, n)
    return float(nctdtrinc(df, 1 - power, stdtrit(df, 1 - LEVEL / 2))) * error


def seeds_needed(std_a: float, std_b: float, difference: float, power: float = POWER) -> int | None:
    """The number of runs per side that shows a true difference, at least `FEWEST_SEEDS`.

    Args:
        std_a: standard deviation of a's runs.
        std_b: standard deviation of b's runs.
        difference: of the population's means; the sign does not matter.
        power: in [0.5, 1).

    Returns:
        The smallest sufficient number, or None if it exceeds `MOST_SEEDS`, as for a difference of 0.

    Raises:
        ValueError: spreads that are negative or both 0, or a power out of range.
    """
    low, high = FEWEST_SEEDS, MOST_SEEDS
    if detectable_difference(std_a, std_b, (high, high), power) > abs(difference):
        return None
    while low < high:
        middle = (low + high) // 2
        if detectable_difference(std_a, std_b, (middle, middle), power) > abs(difference):
            low = middle + 1
        else:
            high = middle
    return low


def _error(std_a: float, std_b: float, n: tuple[int, int]) -> tuple[float, float]:
    """Standard error and degrees of freedom of the difference of means."""
    if min(n) < 2:
        raise ValueError(f"{min(n)} runs on a side: power needs at least two on each")
    if min(std_a, std_b) < 0 or not max(std_a, std_b) > 0:
        raise ValueError(f"spreads of {std_a} and {std_b}: neither may be negative, nor both 0")
    shares = [std**2 / runs for std, runs in zip((std_a, std_b), n, strict=True)]
    return math.sqrt(sum(shares)), satterthwaite(shares, [runs - 1 for runs in n])
