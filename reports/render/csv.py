"""The leaderboard as one tidy CSV file: a line per table, method and view; unrounded, scores as fractions."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from io import StringIO

from mnerbench.datasets.untrusted.display import printable
from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.tweets import ResamplingResult

# Text that a spreadsheet reads as a formula (OWASP, CSV injection), also after blanks, which some programs drop on
# import: signs, their full-width and small forms (U+FF0B, U+FE62, ...), the minus sign; and blanks that end a cell.
_FORMULA = re.compile(
    "[\t\n]|[\\s\u200b-\u200d\u2060\ufeff]*[-=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
)
_PARTS = ("encoder", "new", "crf", "total")

Value = str | float | int | None


def csv_report(tables: Sequence[LeaderboardTable]) -> str:
    """All rows of all tables; a cell without a value is empty."""
    lines = [_line(number, table, row) for number, table in enumerate(tables, start=1) for row in table.rows]
    columns = _columns(lines)
    stream = StringIO()
    writer = csv.writer(stream)  # ends lines with CRLF (RFC 4180); with another end, cells with CR would not be quoted
    writer.writerow(map(_cell, columns))
    writer.writerows([_cell(line.get(name)) for name in columns] for line in lines)
    return stream.getvalue()


def _columns(lines: Sequence[dict[str, Value]]) -> list[str]:
    """The columns of all lines, with the types, slices, error types and scorers of all tables in groups."""
    order = ("table", "f1_type.", "f1_slice.", "mistakes.", "f1_scorer.")
    columns = dict.fromkeys(name for line in lines for name in line)
    return sorted(columns, key=lambda name: next((n for n, start in enumerate(order) if name.startswith(start)), 0))


def _cell(value: Value) -> str:
    """A cell: numbers with all digits; text that a spreadsheet would execute after an apostrophe.

    Text is made printable, since CSV is also read in terminals; tabs and line feeds stay.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if _FORMULA.match(text) else text
    return repr(value)


def _line(number: int, table: LeaderboardTable, row: Row) -> dict[str, Value]:
    conditions = table.conditions
    context: dict[str, Value] = {"table": number, "data": conditions.dataset, "encoder": conditions.encoder}
    context |= {"protocol": conditions.protocol, "scorer": conditions.scorer, "method": row.method, "view": row.view}
    return {
        **context,
        "state": row.state.value,
        "done": row.done,
        "expected": row.expected,
        "rank": row.rank,
        "baseline": int(row.baseline),
        "f1_mean": row.f1.mean if row.f1 else None,
        "f1_std": row.f1.std if row.f1 else None,
        "f1_best": row.f1.best if row.f1 else None,
        "precision": row.precision,
        "recall": row.recall,
        **_tests(row),
        **_costs(row),
        **{
            f"{score}_type.{name}": row.of_type(name, score)
            for name in table.types
            for score in ("f1", "precision", "recall")
        },
        **{f"f1_slice.{name}": row.slices.get(name) for name in table.slices},
        **{f"mistakes.{name}": value for name, value in row.mistakes.items()},
        **{f"f1_scorer.{name}": row.scorers.get(name) for name in conditions.other_scorers},
    }


def _tests(row: Row) -> dict[str, Value]:
    """Tests against the baseline, and the headroom on a probe."""
    test = row.comparison
    welch, both = (test.welch, test.both) if test is not None else (None, None)
    low, high = _interval(welch)
    both_low, both_high = _interval(both)
    return {
        "difference": welch.difference if welch else None,
        "difference_low": low,
        "difference_high": high,
        "p_welch": welch.p if welch else None,
        "p_holm": test.holm if test else None,
        "p_holm_family": test.judged.family if test else None,
        "verdict": test.judged.verdict.value if test and not row.control else None,
        "p_student": test.student.p if test else None,
        "p_paired": test.paired.p if test else None,
        "p_seeds_and_tweets": both.p if both else None,
        "seeds_and_tweets_low": both_low,
        "seeds_and_tweets_high": both_high,
        "hedges_g": test.size.g if test else None,
        "detectable": test.judged.detectable if test else None,
        "seeds_needed": test.needed if test else None,
        "ceiling": row.ceiling.expected if row.ceiling else None,
        "headroom": row.headroom,
        "headroom_error": row.headroom_error,
    }


def _interval(test: TestResult | ResamplingResult | None) -> tuple[float | None, float | None]:
    return test.interval if test is not None and test.interval is not None else (None, None)


def _costs(row: Row) -> dict[str, Value]:
    costs = row.costs
    measured: dict[str, Value] = {
        "train_seconds": costs.train_seconds,
        "test_seconds": costs.test_seconds,
        "memory_bytes": costs.memory,
    }
    return measured | {f"parameters_{part}": costs.parameters.get(part) for part in _PARTS}
