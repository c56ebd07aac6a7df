"""Adjustment of p-values for multiple tests.

Scipy has only adjustments for the false discovery rate (`scipy.stats.false_discovery_control`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment (Holm 1979), which controls the family-wise error rate.

    Args:
        p_values: of the family; None marks a test that was not made and does not belong to the family.

    Raises:
        ValueError: a value is not a probability.
    """
    require_probabilities(p for p in p_values if p is not None)
    ordered = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(ordered):
        highest = max(highest, min(1.0, p * (len(ordered) - rank)))
        adjusted[index] = highest
    return adjusted


def require_probabilities(p_values: Iterable[float]) -> None:
    """Raise if a value is not a probability.

    Raises:
        ValueError: names the value.
    """
    for p in p_values:
        if not 0 <= p <= 1:
            raise ValueError(f"{p} is not a p-value")
