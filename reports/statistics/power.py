"""What can so many runs show, and how many would it take?

For Welch's test, two-sided at 5 %. Spreads are standard deviations over seeds, in the unit of the difference. Degrees
of freedom are Satterthwaite's for the given spreads, the power is that of the noncentral t distribution: exact for
Student's test of equal spreads, close for Welch's (docs/statistics.md says how close).
"""

from __future__ import annotations

import math

from scipy.special import nctdtr, nctdtrinc, stdtrit

from mnerbench.reports.statistics.ttests import FEWEST_SEEDS, LEVEL, satterthwaite

POWER = 0.8
MOST_SEEDS = 1_000


def achieved_power(difference: float, std_a: float, std_b: float, n: tuple[int, int]) -> float:
    """The chance that a true difference is called significant; 0.05 when there is none.

    Args:
        difference: of the population's means.
        std_a: standard deviation of a's runs.
        std_b: of b's runs.
        n: runs of `a` and of `b`.

    Raises:
        ValueError: fewer than two runs on a side, or spreads that are negative or both 0.
    """
    error, df = _error(std_a, std_b, n)
    critical, shift = float(stdtrit(df, 1 - LEVEL / 2)), abs(difference) / error
    return 1 - _below(critical, df, shift) + _below(-critical, df, shift)


def detectable_difference(std_a: float, std_b: float, n: tuple[int, int], power: float = POWER) -> float:
    """The true difference that is called significant with a chance of `power`: the minimum detectable difference.

    Called significant with the wrong sign is not counted; at a power of one half or more that is below 0.005 %.

    Args:
        std_a: standard deviation of a's runs.
        std_b: of b's runs.
        n: runs of `a` and of `b`.
        power: from one half to below 1.

    Raises:
        ValueError: fewer than two runs on a side, spreads that are negative or both 0, or another power.
    """
    if not 0.5 <= power < 1:
        raise ValueError(f"a power of {power} is not between one half and 1")
    error, df = _error(std_a, std_b, n)
    return float(nctdtrinc(df, 1 - power, stdtrit(df, 1 - LEVEL / 2))) * error


def seeds_needed(std_a: float, std_b: float, difference: float, power: float = POWER) -> int | None:
    """How many runs each side needs to show a true difference; never fewer than a verdict asks for.

    Args:
        std_a: standard deviation of a's runs.
        std_b: of b's runs.
        difference: of the population's means; its sign does not matter.
        power: from one half to below 1.

    Returns:
        The smallest number, or None for more than `MOST_SEEDS`, as for a difference of 0.

    Raises:
        ValueError: spreads that are negative or both 0, or another power.
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


def _below(t: float, df: float, shift: float) -> float:
    """Noncentral t distribution; scipy has no number (nan) for a chance too small for one."""
    chance = float(nctdtr(df, shift, t))
    return 0.0 if math.isnan(chance) else chance
