"""Comparison of two methods: their rows, by the names that a user gives, and the tests between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from typing import Any

from mnerbench.datasets.errors import ConfigError, suggestion
from mnerbench.reports.analysis.cases import Correctness
from mnerbench.reports.analysis.comparisons import independent_claim, paired_claim, plan_of, same_tweets
from mnerbench.reports.analysis.details import Details, shared_seeds
from mnerbench.reports.analysis.leaderboard import Analysed, main_row
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.statistics.combined import combined_paired_t, combined_t
from mnerbench.reports.statistics.resampling import approximate_randomization, paired_bootstrap
from mnerbench.reports.statistics.ttests import TestResult, paired_t, student_t, welch_t
from mnerbench.reports.statistics.tweets import ResamplingResult
from mnerbench.reports.statistics.verdict import Judgement, Verdict, explored, judge, reversed_judgement

AT = "@"
TOGETHER = "seeds and tweets together"  # name of a test


@dataclass(frozen=True)
class PairwiseComparison:
    """Two rows of one table.

    Attributes:
        a, b: the rows; differences are `a` minus `b`.
        paired: whether both are views of the same trained weights, so that seeds are paired.
        details: of both, where there is tweet metadata.
        correctness: of their predictions by tweet, where known.
        judged: that of the leaderboard where it judges the pair; else without a verdict.
        in_family: whether it is that of the leaderboard; another pair is exploratory.
    """

    a: Row
    b: Row
    paired: bool
    details: tuple[Details, Details] | None
    correctness: Correctness | None
    judged: Judgement
    in_family: bool

    @property
    def names(self) -> tuple[str, str]:
        """Method and view of both."""
        return name_of(self.a), name_of(self.b)


def name_of(row: Row) -> str:
    """`ita-ga@it`."""
    return f"{row.method}{AT}{row.view}"


def find_rows(analysed: Analysed, name: str) -> list[Row]:
    """The rows that a name may refer to: a method in its main view, or `METHOD@VIEW`; several if settings differ."""
    scored = [row for row in analysed.table.rows if row.f1 is not None]
    method, at, view = name.rpartition(AT)
    if not at or view not in {row.view for row in scored}:
        method, view = name, ""
    named = [row for row in scored if row.method == method]
    rows = named or [row for row in scored if row.method.split(" (")[0] == method]
    if view:
        return [row for row in rows if row.view == view]
    matching = [series for series in analysed.group.series if series.label in {row.method for row in rows}]
    return [row for series in matching if (row := main_row(series, rows)) is not None]


def find_row(analysed: Analysed, name: str) -> Row | None:
    """The row that a name refers to; None without such a result.

    Raises:
        ConfigError: the name is ambiguous; lists the rows.
    """
    rows = find_rows(analysed, name)
    if len(rows) > 1:
        names = [repr(row.method + (f"{AT}{row.view}" if name.endswith(f"{AT}{row.view}") else "")) for row in rows]
        several = f"{name!r} is the name of {len(names)} results that differ in their settings: {', '.join(names)}"
        raise ConfigError(f"{heading(analysed.table)}: {several}\n  -> name one of them, with its settings, in quotes")
    return rows[0] if rows else None


def check_names(names: Sequence[str], tables: Sequence[Analysed]) -> None:
    """Raise if no table has a result of a name.

    Raises:
        ConfigError: suggests the closest name.
    """
    for name in names:
        if not any(find_rows(analysed, name) for analysed in tables):
            rows = [row for analysed in tables for row in analysed.table.rows if row.f1 is not None]
            valid = {row.method for row in rows} | {name_of(row) for row in rows}
            reason = f"no result of {name!r}{suggestion(name, valid)}"
            raise ConfigError(f"{reason}\n  -> name a method or METHOD@VIEW as `benchmark report` does")


def compare_rows(analysed: Analysed, a: Row, b: Row, correctness: Correctness | None) -> PairwiseComparison:
    """Compare two rows of a table; the verdict is that of the table where it judges the pair."""
    details = same_tweets(a, b, analysed.details)
    of_table = _verdict_of_table(analysed.table, a, b)
    if of_table is None and (reverse := _verdict_of_table(analysed.table, b, a)) is not None:
        of_table = reversed_judgement(reverse)
    paired = a.method == b.method
    claim = (paired_claim if paired else independent_claim)(a, b, details if analysed.family.counts_apply else None)
    claim = replace(claim, plan=plan_of(a, b))
    judged = of_table if of_table is not None else explored(judge([claim], analysed.family.margin)[0])
    if partial := [row for row in (a, b) if row.is_partial]:
        reason = "; ".join(f"{row.title}: {row.reason}" for row in partial)
        judged = replace(judged, verdict=Verdict.NOT_TESTED, interval=None, p=None, reason=reason)
    return PairwiseComparison(a, b, paired, details, correctness, judged, of_table is not None)


def _verdict_of_table(table: LeaderboardTable, a: Row, b: Row) -> Judgement | None:
    """The judgement of `a` against `b` in a table; None if it is not in a family."""
    if b.baseline:
        return a.judged
    if a.method == b.method and (a.view, b.view) == (OWN_PICTURE, SHUFFLED):
        return table.picture_verdicts.get(a.method)
    return None


def all_tests(pair: PairwiseComparison) -> dict[str, TestResult | ResamplingResult]:
    """Every test of `a` against `b`, by name."""
    a, b = pair.a.by_seed, pair.b.by_seed
    tests: dict[str, TestResult | ResamplingResult] = {
        "Welch's t over seeds": welch_t(a, b),
        "Student's t over seeds": student_t(a, b),
        "paired t over seeds": paired_t(a, b),
    }
    if pair.details is None:
        return tests
    of_a, of_b = pair.details
    shared = [details.tweets[details.indices(shared_seeds(pair.details))] for details in (of_a, of_b)]
    return tests | {
        "paired bootstrap over tweets": paired_bootstrap(of_a.tweets, of_b.tweets),
        "randomization over tweets": approximate_randomization(shared[0], shared[1]),
        TOGETHER: combined_paired_t(*shared) if pair.paired else combined_t(of_a.tweets, of_b.tweets),
    }


def as_data(pair: PairwiseComparison, conditions: str) -> dict[str, Any]:
    """The comparison for JSON: unrounded, scores as fractions."""
    return {
        "conditions": conditions,
        "a": _row_data(pair.a),
        "b": _row_data(pair.b),
        "judged": asdict(pair.judged),
        "in_family": pair.in_family,
        "tests": {name: asdict(test) for name, test in all_tests(pair).items()},
    }


def _row_data(row: Row) -> dict[str, Any]:
    comparison = row.comparison
    if comparison is None:
        return asdict(row)
    values = {
        name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for name, value in comparison.data().items()
    }
    return {**asdict(replace(row, comparison=None)), "comparison": values}
