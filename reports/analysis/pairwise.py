"""One method against another: which rows a user means, and what is known of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.reports.analysis.cases import Standing
from mnerbench.reports.analysis.comparisons import same_tweets
from mnerbench.reports.analysis.details import Details, shared_seeds
from mnerbench.reports.analysis.leaderboard import Analysed, main_row
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.statistics.combined import combined_t
from mnerbench.reports.statistics.resampling import approximate_randomization, paired_bootstrap
from mnerbench.reports.statistics.ttests import TestResult, paired_t, student_t, welch_t
from mnerbench.reports.statistics.tweets import ResamplingResult

AT = "@"


@dataclass(frozen=True)
class PairwiseComparison:
    """Two rows of one table.

    Attributes:
        a, b: the rows; differences are `a` minus `b`.
        paired: both are views of the same trained weights, so that seeds pair.
        details: of both, where the tweets are described.
        standing: which tweets they get right, where that is known.
    """

    a: Row
    b: Row
    paired: bool
    details: tuple[Details, Details] | None
    standing: Standing | None

    @property
    def names(self) -> tuple[str, str]:
        """Method and view of both."""
        return name_of(self.a), name_of(self.b)


def name_of(row: Row) -> str:
    """`ita-ga@it`."""
    return f"{row.method}{AT}{row.view}"


def find_rows(analysed: Analysed, name: str) -> list[Row]:
    """The rows that a user may mean: a method in its main view, or `METHOD@VIEW`; several where settings differ."""
    scored = [row for row in analysed.table.rows if row.f1 is not None]
    method, at, view = name.rpartition(AT)
    if not at or view not in {row.view for row in scored}:
        method, view = name, ""
    named = [row for row in scored if row.method == method]
    rows = named or [row for row in scored if row.method.split(" (")[0] == method]
    if view:
        return [row for row in rows if row.view == view]
    series = [one for one in analysed.group.series if one.label in {row.method for row in rows}]
    return [row for one in series if (row := main_row(one, rows)) is not None]


def find_row(analysed: Analysed, name: str) -> Row | None:
    """The row that a user names; None where there is no such result.

    Raises:
        ConfigError: several have this name; lists them.
    """
    rows = find_rows(analysed, name)
    if len(rows) > 1:
        names = [repr(row.method + (f"{AT}{row.view}" if name.endswith(f"{AT}{row.view}") else "")) for row in rows]
        several = f"{name!r} is the name of {len(names)} results that differ in their settings: {', '.join(names)}"
        raise ConfigError(f"{heading(analysed.table)}: {several}\n  -> name one of them, with its settings, in quotes")
    return rows[0] if rows else None


def check_names(names: Sequence[str], tables: Sequence[Analysed]) -> None:
    """Refuse names that no table has a result of.

    Raises:
        ConfigError: answers with the nearest.
    """
    for name in names:
        if not any(find_rows(one, name) for one in tables):
            rows = [row for one in tables for row in one.table.rows if row.f1 is not None]
            known = {row.method for row in rows} | {name_of(row) for row in rows}
            reason = f"no result of {name!r}{suggestion(name, known)}"
            raise ConfigError(f"{reason}\n  -> name a method or METHOD@VIEW as `benchmark report` does")


def compare_rows(analysed: Analysed, a: Row, b: Row, standing: Standing | None) -> PairwiseComparison:
    """Two rows of a table as a pair."""
    found = [analysed.details.get((row.method, row.view)) for row in (a, b)]
    own, other = found
    details = (own, other) if own is not None and other is not None and same_tweets(own, other) else None
    return PairwiseComparison(a, b, a.method == b.method, details, standing)


def primary(duel: PairwiseComparison) -> TestResult:
    """The test that decides. Seeds pair only where the weights are the same."""
    return (paired_t if duel.paired else welch_t)(duel.a.by_seed, duel.b.by_seed)


def tests_of(duel: PairwiseComparison) -> dict[str, TestResult | ResamplingResult]:
    """Every test of `a` against `b`, by name."""
    a, b = duel.a.by_seed, duel.b.by_seed
    found: dict[str, TestResult | ResamplingResult] = {
        "Welch's t over seeds": welch_t(a, b),
        "Student's t over seeds": student_t(a, b),
        "paired t over seeds": paired_t(a, b),
    }
    if duel.details is None:
        return found
    own, other = duel.details
    swapped = [one.tweets[one.places(shared_seeds(duel.details))] for one in (own, other)]
    return found | {
        "paired bootstrap over tweets": paired_bootstrap(own.tweets, other.tweets),
        "randomization over tweets": approximate_randomization(swapped[0], swapped[1]),
        "seeds and tweets together": combined_t(own.tweets, other.tweets),
    }


def as_data(duel: PairwiseComparison, conditions: str) -> dict[str, Any]:
    """The pair as data: unrounded, scores as fractions."""
    return {
        "conditions": conditions,
        "a": asdict(duel.a),
        "b": asdict(duel.b),
        "tests": {name: asdict(test) for name, test in tests_of(duel).items()},
    }
