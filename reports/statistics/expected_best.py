"""The expected best of a number of trials (expected validation performance, Dodge et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence


def expected_best(values: Sequence[float]) -> list[float]:
    """The expected highest value among n of the trials, for n from 1 to their number.

    The mean over all subsets of n distinct trials: the unbiased estimator of the expected maximum of n independent
    draws (Tang et al. 2020). That of Dodge et al. (2019) draws with replacement and is too low, the more so the fewer
    trials there are: a method with fewer trials would look worse. With all trials it is the best of them.

    Args:
        values: of the trials.

    Returns:
        The expectation for n = 1, 2, ..., `len(values)`.
    """
    ordered = sorted(values)
    total, means = len(ordered), []
    for n in range(1, total + 1):
        # The highest of n is the largest value with probability n / total, else the highest of n among the others.
        mean, weight = 0.0, 1.0
        for left in range(total, n - 1, -1):
            share = n / left
            mean += weight * share * ordered[left - 1]
            weight *= 1 - share
        means.append(mean)
    return means
