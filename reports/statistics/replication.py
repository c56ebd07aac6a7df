"""On how many datasets a method's advantage replicates: partial conjunctions, corrected over methods.

The hypothesis "better on fewer than u of K datasets" has the p-value (K - u + 1) p(u), with the u-th smallest p of the
K datasets (Benjamini and Heller 2008, with Bonferroni's combination; Dror et al. 2017). The method is shown to be
better on u datasets if this and that of all smaller u are significant. That is Holm's method over its datasets: u is
the number of rejections, which also name the datasets. It holds under any dependence of the datasets, which share
encoders, tweets' time and users. Fisher's combination needs independent datasets, and names none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import chdtrc

from mnerbench.reports.statistics.multiplicity import require_probabilities


def adjust_over_methods(p_values: Sequence[Sequence[float]]) -> list[list[float]]:
    """Adjust p-values by Holm's method within methods and over methods.

    With A methods that are not rejected on all of their datasets, each has 1/A of the level, and spends it by Holm's
    method on its datasets. At the first false rejection, A is at least the number of methods with a true hypothesis,
    and the divisor within the method at least the number of its true ones; so by Bonferroni's inequality the
    probability of any false rejection is at most the level, whatever the dependence (a graphical procedure, Bretz et
    al. 2009).

    Args:
        p_values: by method, of its datasets; the numbers of datasets may differ.

    Returns:
        The smallest level at which each hypothesis is rejected.

    Raises:
        ValueError: a value is not a probability, or a method has no dataset.
    """
    for row in p_values:
        require_probabilities(row)
        if not row:
            raise ValueError("a method without datasets")
    adjusted = [[1.0] * len(row) for row in p_values]
    # Of each method, the datasets that are not rejected yet, the smallest p last.
    remaining = [sorted(range(len(row)), key=row.__getitem__, reverse=True) for row in p_values]
    level = 0.0
    while active := [method for method, datasets in enumerate(remaining) if datasets]:
        costs = ((p_values[method][remaining[method][-1]] * len(remaining[method]), method) for method in active)
        cost, method = min(costs)
        level = max(level, min(1.0, cost * len(active)))
        adjusted[method][remaining[method].pop()] = level
    return adjusted


def count_if_independent(p_values: Sequence[float], level: float) -> int:
    """The number of datasets that Fisher's combination shows, if the datasets are independent (Dror et al. 2017).

    The largest u for which the product of the K - u + 1 largest p is significant, and of all smaller u.

    Args:
        p_values: one-sided, of the datasets of a method.
        level: of the method.

    Raises:
        ValueError: a value is not a probability.
    """
    require_probabilities(p_values)
    ordered = sorted(p_values)
    for shown in range(len(ordered)):
        if fisher(ordered[shown:]) >= level:
            return shown
    return len(ordered)


def fisher(p_values: Sequence[float]) -> float:
    """Fisher's combined p of independent tests: -2 Σ log p against chi-squared with 2 K degrees of freedom."""
    if min(p_values) == 0:
        return 0.0
    return float(chdtrc(2 * len(p_values), -2 * math.fsum(map(math.log, p_values))))
