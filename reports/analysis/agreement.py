"""Do methods find the same entities? Overlap of what they find, and what all of them find together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mnerbench.reports.analysis.details import Details, shared_seeds

MOST_BESIDE = 40  # methods of a table: each is laid beside each


@dataclass(frozen=True)
class Agreement:
    """Shares of the gold entities of test, mean over the seeds that all methods have.

    Attributes:
        seeds: those seeds.
        found: by method.
        beyond: by method and another one: what the first finds and the second misses.
        together: what at least one method finds: the recall of an oracle that picks among their answers.
    """

    seeds: tuple[int, ...]
    found: Mapping[str, float]
    beyond: Mapping[str, Mapping[str, float]]
    together: float


def agreement(details: Mapping[str, Details]) -> Agreement | None:
    """The overlap of several methods; None for fewer than two, or when no seed is common to all.

    Args:
        details: by method, each in its main view, on one test split.
    """
    shared = shared_seeds(details.values())
    if len(details) < 2 or not shared:
        return None
    found = {method: one.found[one.places(shared)] for method, one in details.items()}
    return Agreement(
        seeds=tuple(shared),
        found={method: float(own.mean()) for method, own in found.items()},
        beyond={
            one: {other: float((own & ~theirs).mean()) for other, theirs in found.items() if other != one}
            for one, own in found.items()
        },
        together=float(np.logical_or.reduce(list(found.values())).mean()),
    )


def order_of(agreement: Agreement) -> Sequence[str]:
    """Methods by how much they find, the most first."""
    return sorted(agreement.found, key=lambda method: -agreement.found[method])
