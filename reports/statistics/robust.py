"""Summaries of runs that one outlying run cannot decide, and the search for such runs.

Scores are fractions, one per seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

# A run is far below the others if it is this much lower than their lowest, and this many times their range.
_GAP = 0.05
_RANGES = 3.0


def far_below(by_seed: Mapping[int, float]) -> tuple[int, ...]:
    """The seeds whose scores lie far below those of the others, such as runs that have not learned; ascending.

    They are fewer than half of all, more than 5 points below the lowest of the others, and by more than three times
    the range of the others.
    """
    order = sorted(by_seed, key=lambda seed: (by_seed[seed], seed))
    for number in range((len(order) - 1) // 2, 0, -1):
        low, rest = order[:number], [by_seed[seed] for seed in order[number:]]
        gap = rest[0] - by_seed[low[-1]]
        if gap > _GAP and gap > _RANGES * (rest[-1] - rest[0]):
            return tuple(sorted(low))
    return ()


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half of the values, of which those at its edges count in part (Agarwal et al. 2021).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered, quarter = sorted(values), len(values) / 4
    # A value at position i covers [i, i + 1] of the range [0, n], whose middle half is [n / 4, 3 n / 4].
    weights = [max(0.0, min(i + 1, 3 * quarter) - max(i, quarter)) for i in range(len(ordered))]
    return fmean(ordered, weights)


def probability_of_improvement(a: Sequence[float], b: Sequence[float]) -> float:
    """The share of pairs of runs in which that of `a` is higher; ties count half (Agarwal et al. 2021).

    Raises:
        ValueError: a side is empty.
    """
    if not a or not b:
        raise ValueError("a side has no runs")
    wins = sum((x > y) + 0.5 * (x == y) for x in a for y in b)
    return wins / (len(a) * len(b))
