"""Cells of texts, numbers, tests and effect sizes."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.reports.statistics.effects import EffectSize
from mnerbench.reports.statistics.ttests import TestResult
from mnerbench.reports.statistics.tweets import ResamplingResult
from mnerbench.reports.statistics.verdict import Judgement
from mnerbench.reports.text.sheet import Cell, Kind, Mark


def text_cell(text: str | None, note: str = "") -> Cell:
    """A text; None for a dash."""
    return Cell(Kind.TEXT, text=text, note=note)


def decimal_cell(value: float | None, digits: int = 0, *, error: float | None = None, note: str = "") -> Cell:
    """A number with some decimals and separators of thousands: `1,234.5`."""
    return Cell(Kind.DECIMAL, value, error=error, digits=digits, note=note)


def change_cell(value: float, digits: int) -> Cell:
    """A difference of numbers with a sign: `+1.5`."""
    return Cell(Kind.CHANGE, value, digits=digits)


def share_cell(
    value: float | None, error: float | None = None, *, digits: int = 2, note: str = "", marks: Iterable[Mark] = ()
) -> Cell:
    """A fraction in percent: `72.29 ± 0.24`."""
    return Cell(Kind.SHARE, value, error=error, digits=digits, note=note, marks=frozenset(marks))


def points_cell(
    value: float | None, error: float | None = None, interval: tuple[float, float] | None = None, note: str = ""
) -> Cell:
    """A difference of fractions in percentage points: `+0.31 [-0.12, +0.74]`."""
    return Cell(Kind.POINTS, value, error=error, interval=possible(interval), note=note)


def possible(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    """The part of an interval that differences of fractions can have; t intervals of two runs are often wider."""
    return (max(-1.0, interval[0]), min(1.0, interval[1])) if interval is not None else None


def progress_cell(done: int, expected: int) -> Cell:
    """`3/5`; a dash if nothing is expected."""
    return Cell(Kind.PROGRESS, done, whole=expected)


def p_cell(p: float | None) -> Cell:
    """A p-value."""
    return Cell(Kind.P, p)


def difference_cell(test: TestResult | ResamplingResult | Judgement) -> Cell:
    """The difference of a test with its interval; without one, a note if all seeds have the same difference."""
    equal = test.interval is None and isinstance(test, TestResult) and test.p is None and min(test.n) > 1
    return points_cell(test.difference, interval=test.interval, note=", every seed" if equal else "")


def effect_cell(size: EffectSize) -> Cell:
    """An effect size with its interval: `1.52 [0.03, 3.01]`."""
    return Cell(Kind.DECIMAL, size.g, interval=size.interval)
