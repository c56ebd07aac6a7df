"""Random numbers that are equal on every machine and Python version: only `Random.random` guarantees that."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from mnerbench.datasets.seeds import derive_seed

T = TypeVar("T")


class Chance:
    """A stream of random numbers for one purpose, independent of the streams of other purposes.

    Args:
        purpose: the purpose, such as `(seed, "test", 17, "picture")`.
    """

    def __init__(self, *purpose: str | int) -> None:
        self._random = random.Random(derive_seed(*purpose, size=8))  # noqa: S311 - not for secrets

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._random.random()

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.random() < probability

    def choice(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One item, drawn uniformly, or by weights that sum to 1."""
        if weights is None:
            return items[self.integer(0, len(items) - 1)]
        point = self._random.random()
        for item, weight in zip(items, weights, strict=True):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Distinct items, in random order."""
        remaining = list(items)
        return [remaining.pop(self.integer(0, len(remaining) - 1)) for _ in range(count)]
