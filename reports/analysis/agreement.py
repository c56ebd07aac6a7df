"""Overlap of the gold entities that methods find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnerbench.reports.analysis.details import Details, shared_seeds

MOST_METHODS = 40  # of a table, since every pair is compared


@dataclass(frozen=True)
class Agreement:
    """Shares of the gold entities of test, means over the seeds that all methods have; one without seeds has all.

    Attributes:
        seeds: the shared seeds.
        found: share that a method finds, by method.
        beyond: share that a method finds and another misses, by both methods.
        together: share that at least one method finds: the recall of an oracle that picks among their predictions.
    """

    seeds: tuple[int, ...]
    found: Mapping[str, float]
    beyond: Mapping[str, Mapping[str, float]]
    together: float


def agreement(details: Mapping[str, Details]) -> Agreement | None:
    """The overlap of several methods; None for fewer than two methods, or without a shared seed.

    Args:
        details: by method, each in its main view, on the same test split.
    """
    seeded = [of_method for of_method in details.values() if not of_method.seedless]
    shared = shared_seeds(seeded or details.values())
    if len(details) < 2 or not shared:
        return None
    detected = {
        method: of_method.detected[[0] * len(shared) if of_method.seedless and seeded else of_method.indices(shared)]
        for method, of_method in details.items()
    }
    return Agreement(
        seeds=tuple(shared),
        found={method: float(entities.mean()) for method, entities in detected.items()},
        beyond={
            method: {other: float((entities & ~others).mean()) for other, others in detected.items() if other != method}
            for method, entities in detected.items()
        },
        together=float(np.logical_or.reduce(list(detected.values())).mean()),
    )


def order_of(agreement: Agreement) -> Sequence[str]:
    """Methods by the share that they find, in descending order."""
    return sorted(agreement.found, key=lambda method: -agreement.found[method])
