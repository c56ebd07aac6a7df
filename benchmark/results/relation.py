"""How well a method's judgement of the relation tells related pictures from unrelated ones."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def roc_auc(related: Sequence[float], unrelated: Sequence[float]) -> float:
    """Area under the ROC curve: the probability that a related pair is judged higher than an unrelated one.

    A tie counts one half. The same as the statistic U of Mann and Whitney divided by the number of such pairs.

    Args:
        related: judgements of the related pairs; larger means more related.
        unrelated: those of the unrelated pairs.

    Raises:
        ValueError: there is none of one kind, or a judgement is not a number.
    """
    if not related or not unrelated:
        raise ValueError("an AUC needs related and unrelated pairs")
    if any(map(math.isnan, (*related, *unrelated))):
        raise ValueError("a judgement is not a number")
    ordered = sorted(unrelated)
    halves = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in related)
    return halves / (2 * len(related) * len(unrelated))
