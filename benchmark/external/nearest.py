"""The nearest of some numbers that nobody has taken yet, in almost constant time however many were taken."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence


class NearestFree:
    """Numbers of which the nearest free one is asked for again and again.

    Where a number is not free its place points on to the next place that may be, and paths are halved on the way
    (Tarjan 1975), so that no run of taken numbers is walked through twice.

    Args:
        numbers: ascending.
        is_free: whether a number is still to be had; what is taken never becomes free.
    """

    def __init__(self, numbers: Sequence[int], is_free: Callable[[int], object]) -> None:
        self._numbers, self._is_free = numbers, is_free
        # Places from 1, so that 0 and the last one are ends.
        self._before, self._after = [*range(len(numbers) + 2)], [*range(len(numbers) + 2)]

    def nearest(self, expected: int) -> int | None:
        """The free number nearest to one, the lower of two; None when all are taken."""
        place = bisect_left(self._numbers, expected) + 1
        below = self._follow(self._before, min(place - 1, len(self._numbers)), 0, -1)
        above = self._follow(self._after, place, len(self._numbers) + 1, 1)
        ends = (
            self._numbers[below - 1] if below else None,
            self._numbers[above - 1] if above <= len(self._numbers) else None,
        )
        return min((n for n in ends if n is not None), key=lambda n: abs(n - expected), default=None)

    def _follow(self, pointers: list[int], place: int, end: int, step: int) -> int:
        while place != end:
            if pointers[place] == place:
                if self._is_free(self._numbers[place - 1]):
                    return place
                pointers[place] = place + step
            pointers[place] = pointers[pointers[place]]
            place = pointers[place]
        return end
