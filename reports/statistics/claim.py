"""The claim that one method differs from another: over seeds, and over seeds and tweets."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from mnerbench.reports.statistics.seed_plan import SeedPlan
from mnerbench.reports.statistics.ttests import TestResult


@dataclass(frozen=True)
class Claim:
    """A difference with the tests that it has to pass: all of them.

    A benchmark's claim is about other seeds and other tweets. The test over both alone may have more degrees of freedom
    and thus a smaller p than the test over seeds; a claim that fails with other seeds on the very same tweets is none.
    Requiring both is an intersection-union test, which keeps the level of either (Berger 1982).

    Attributes:
        seeds: the test over seeds.
        both: the test over seeds and tweets; None without counts by tweet.
        plan: the numbers of seeds at which the claim is tested.
    """

    seeds: TestResult
    both: TestResult | None = None
    plan: SeedPlan = field(default_factory=SeedPlan)

    @property
    def difference(self) -> float | None:
        """Mean of `a` minus mean of `b`."""
        return self.seeds.difference

    @property
    def n(self) -> tuple[int, int]:
        """Numbers of runs of `a` and `b`."""
        return self.seeds.n

    @property
    def tests(self) -> tuple[TestResult, ...]:
        """The tests that have a p."""
        return tuple(test for test in (self.seeds, self.both) if test is not None and test.p is not None)

    @property
    def deciding(self) -> TestResult:
        """The test with the largest p; the one over seeds if there is no p."""
        return max(self.tests, key=lambda test: test.p or 0.0, default=self.seeds)

    @cached_property
    def p(self) -> float | None:
        """The largest p, adjusted for all planned looks; None without a test, or between looks."""
        largest = max((test.p for test in self.tests if test.p is not None), default=None)
        if largest is None or not self.plan.has_look_at(self.n):
            return None
        return self.plan.overall_p(largest, self.n)

    def one_sided(self, *, better: bool) -> float | None:
        """The p of the claim that `a` is better, or worse, than `b`: the largest of all tests; None as for `p`."""
        if self.p is None:
            return None
        if ((self.difference or 0.0) > 0) is better:
            return self.p / 2
        return 1 - min(test.p for test in self.tests if test.p is not None) / 2

    @property
    def is_same(self) -> bool:
        """Whether both sides predict the same entities in every run, or without counts by tweet score the same."""
        return self.both.identical if self.both is not None else self.seeds.identical

    @property
    def reason(self) -> str | None:
        """Why there is no p."""
        return self.seeds.reason if self.plan.has_look_at(self.n) else self.plan.look_text(self.n)

    def interval_at(self, level: float) -> tuple[float, float] | None:
        """The smallest interval that contains those of all tests; it excludes 0 exactly if p is below `level`."""
        if not self.plan.has_look_at(self.n):
            return None
        nominal = self.plan.level_at(self.n, level)
        intervals = [interval for test in self.tests if (interval := test.interval_at(nominal)) is not None]
        return (min(low for low, _ in intervals), max(high for _, high in intervals)) if intervals else None
