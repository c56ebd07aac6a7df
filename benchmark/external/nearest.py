"""Finds the nearest free number in almost constant amortised time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence


class NearestFree:
    """Answers repeated queries for the free number nearest to a given one.

    The position of an occupied number points to the next position that may be free, and paths are halved on traversal
    (Tarjan 1975), so that no run of occupied numbers is traversed twice.

    Args:
        numbers: ascending numbers.
        is_free: whether a number is free; an occupied number never becomes free again.
    """

    def __init__(self, numbers: Sequence[int], is_free: Callable[[int], object]) -> None:
        self._numbers, self._is_free = numbers, is_free
        # Positions count from 1; 0 and the last one are sentinels.
        self._before, self._after = [*range(len(numbers) + 2)], [*range(len(numbers) + 2)]

    def nearest(self, expected: int) -> int | None:
        """The free number nearest to `expected`, the lower of two; None if all are occupied."""
        position = bisect_left(self._numbers, expected) + 1
        below = self._follow(self._before, min(position - 1, len(self._numbers)), 0, -1)
        above = self._follow(self._after, position, len(self._numbers) + 1, 1)
        ends = (
            self._numbers[below - 1] if below else None,
            self._numbers[above - 1] if above <= len(self._numbers) else None,
        )
        return min((n for n in ends if n is not None), key=lambda n: abs(n - expected), default=None)

    def _follow(self, pointers: list[int], position: int, end: int, step: int) -> int:
        """Follow pointers to the next free position, or to the end."""
        while position != end:
            if pointers[position] == position:
                if self._is_free(self._numbers[position - 1]):
                    return position
                pointers[position] = position + step
            pointers[position] = pointers[pointers[position]]
            position = pointers[position]
        return end
