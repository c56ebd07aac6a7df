"""Random numbers that are the same on every machine and Python: only `Random.random` promises that."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of random choices for one purpose, independent of every other purpose.

    Args:
        purpose: what it is for: `(seed, "test", 17, "picture")`.
    """

    def __init__(self, *purpose: str | int) -> None:
        text = ":".join(map(str, purpose))
        self._random = random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))  # noqa: S311

    def real(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * self._random.random()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.random() < probability

    def one(self, items: Sequence[T], weights: Sequence[float] | None = None) -> T:
        """One item, each equally likely or by weights that sum to 1."""
        if weights is None:
            return items[self.whole(0, len(items) - 1)]
        point = self._random.random()
        for item, weight in zip(items, weights, strict=True):
            point -= weight
            if point < 0:
                return item
        return items[-1]

    def several(self, items: Sequence[T], count: int) -> list[T]:
        """Some different items, in random order."""
        left = list(items)
        return [left.pop(self.whole(0, len(left) - 1)) for _ in range(count)]
