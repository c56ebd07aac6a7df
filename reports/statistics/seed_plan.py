"""The numbers of seeds at which a comparison was planned to be tested."""

from __future__ import annotations

from dataclasses import dataclass

from mnerbench.reports.statistics.sequential import nominal_level, overall_p


@dataclass(frozen=True)
class SeedPlan:
    """When a comparison is tested; decided before its results were seen.

    Attributes:
        planned: numbers of runs of both sides; None if no plan is known.
        looks: declared numbers of runs at which the comparison is tested, increasing; empty for a single test.
    """

    planned: tuple[int, int] | None = None
    looks: tuple[int, ...] = ()

    def has_look_at(self, n: tuple[int, int]) -> bool:
        """Whether the comparison may be tested with these numbers of runs: with looks, the same look on both sides."""
        return not self.looks or (n[0] == n[1] and n[0] in self.looks)

    def overall_p(self, p: float, n: tuple[int, int]) -> float:
        """The p-value of a test with these numbers of runs, adjusted for all looks."""
        return overall_p(self.looks, n[0], p) if self.looks else p

    def level_at(self, n: tuple[int, int], level: float) -> float:
        """The level of a test with these numbers of runs, such that all looks together have `level`."""
        return nominal_level(self.looks, n[0], level) if self.looks else level

    def is_short(self, n: tuple[int, int]) -> bool:
        """Whether planned runs are missing, apart from those of later looks."""
        return not self.looks and self.planned is not None and any(a < b for a, b in zip(n, self.planned, strict=True))

    def is_extended(self, n: tuple[int, int]) -> bool:
        """Whether there are more runs than planned, so that a test may follow another one on fewer of them."""
        return not self.looks and self.planned is not None and any(a > b for a, b in zip(n, self.planned, strict=True))

    def look_text(self, n: tuple[int, int]) -> str | None:
        """`look 1 of 3 (3, 5 and 10 seeds)`; None without looks."""
        if not self.looks:
            return None
        looks = _listed(self.looks)
        if self.has_look_at(n):
            return f"look {self.looks.index(n[0]) + 1} of {len(self.looks)} (after {looks} seeds)"
        runs = f"{n[0]} seeds" if n[0] == n[1] else f"{n[0]} against {n[1]} seeds"
        return f"{runs}, and verdicts are planned after {looks} on both sides"


def _listed(numbers: tuple[int, ...]) -> str:
    """`3, 5 and 10`."""
    return " and ".join(filter(None, [", ".join(map(str, numbers[:-1])), str(numbers[-1])]))
