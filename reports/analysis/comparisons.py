"""Rows against each other: rank, difference to the baseline, and what the picture is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mnerbench.reports.analysis.details import Details, Place
from mnerbench.reports.analysis.row_data import Comparison, Row, RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED, view_order
from mnerbench.reports.analysis.table_data import ImageUse
from mnerbench.reports.statistics.combined import combined_t
from mnerbench.reports.statistics.effects import hedges_g
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.power import detectable_difference, seeds_needed
from mnerbench.reports.statistics.ttests import TestResult, paired_t, student_t, welch_t
from mnerbench.reports.statistics.tweets import ResamplingResult
from mnerbench.reports.statistics.verdict import judge

_STATES = list(RowState)


def ranked(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of the table, complete results with their rank; equal means share a rank."""
    means = [row.f1.mean for row in rows if _competes(row) and row.f1 is not None]
    numbered = [
        replace(row, rank=1 + sum(mean > row.f1.mean for mean in means))
        if _competes(row) and row.f1 is not None
        else row
        for row in rows
    ]
    return sorted(numbered, key=_place)


def _competes(row: Row) -> bool:
    return row.state is RowState.COMPLETE and not row.control


def _place(row: Row) -> tuple[int, float, str, tuple[int, str]]:
    return _STATES.index(row.state), -row.f1.mean if row.f1 is not None else 1.0, row.method, view_order(row.view)


def compared(rows: Sequence[Row], baseline: Row, details: Mapping[Place, Details]) -> list[Row]:
    """Every trained row tested against the baseline, Welch's p adjusted by Holm within each view.

    Args:
        rows: of a table.
        baseline: one of them.
        details: what was counted in the predictions behind them, as far as it is known.
    """
    tested = [place for place, row in enumerate(rows) if _testable(row) and row is not baseline]
    answer = [replace(row, baseline=row is baseline) for row in rows]
    for view in {rows[place].view for place in tested}:
        family = [place for place in tested if rows[place].view == view]
        tests = [welch_t(rows[place].by_seed, baseline.by_seed) for place in family]
        adjusted = holm([test.p for test in tests])
        size = sum(p is not None for p in adjusted)
        for place, test, p in zip(family, tests, adjusted, strict=True):
            both = _over_both(rows[place], baseline, details)
            answer[place] = replace(answer[place], comparison=_comparison(rows[place], baseline, test, (p, size), both))
    return answer


def _testable(row: Row) -> bool:
    return row.f1 is not None and not row.deterministic and not row.silent


def _comparison(
    row: Row, baseline: Row, welch: TestResult, adjusted: tuple[float | None, int], both: ResamplingResult | None
) -> Comparison:
    a, b = row.by_seed, baseline.by_seed
    p, family = adjusted
    detectable, needed = power_of(row, baseline, welch)
    return Comparison(
        welch=welch,
        student=student_t(a, b),
        paired=paired_t(a, b),
        holm=p,
        judged=judge(welch, p, family, detectable),
        size=hedges_g(a, b),
        needed=needed,
        both=both,
    )


def power_of(row: Row, baseline: Row, welch: TestResult) -> tuple[float | None, int | None]:
    """The difference that so many seeds show with a chance of 80 %, and the seeds that the one that was seen needs.

    None where the spread is not known, and for more seeds than are worth planning.
    """
    a, b = (one.f1.std if one.f1 is not None else None for one in (row, baseline))
    if a is None or b is None or not max(a, b):
        return None, None
    return detectable_difference(a, b, welch.n), seeds_needed(a, b, welch.difference) if welch.difference else None


def _over_both(row: Row, baseline: Row, details: Mapping[Place, Details]) -> ResamplingResult | None:
    if row.control:
        return None
    own, other = (details.get((one.method, one.view)) for one in (row, baseline))
    if own is None or other is None or not same_tweets(own, other):
        return None
    return combined_t(own.tweets, other.tweets)


def same_tweets(own: Details, other: Details) -> bool:
    """Whether both were scored on the same gold entities; what disagrees is warned about elsewhere."""
    gold = [one.tweets[:, :, 2] for one in (own, other)]
    return gold[0].shape[1] == gold[1].shape[1] and all(bool((side == gold[0][0]).all()) for side in gold)


def image_use(rows: Sequence[Row]) -> list[ImageUse]:
    """For each method that saw pictures: its own picture against none and against a wrong one, seed by seed."""
    found = []
    for own in sorted(
        (row for row in rows if row.view == OWN_PICTURE and row.f1 is not None and not row.silent),
        key=lambda r: r.method,
    ):
        others = [row for row in rows if row.method == own.method and row.view != own.view and row.f1 is not None]
        gains = {
            row.view: paired_t(own.by_seed, row.by_seed) for row in sorted(others, key=lambda r: view_order(r.view))
        }
        if own.f1 is not None and gains:
            found.append(ImageUse(own.method, own.f1.mean, {view: test for view, test in gains.items() if view}))
    return _with_verdicts(found)


def _with_verdicts(found: Sequence[ImageUse]) -> list[ImageUse]:
    """Only the wrong picture tells about content: without any, the input differs in kind."""
    adjusted = holm([use.gains[SHUFFLED].p if SHUFFLED in use.gains else None for use in found])
    family = sum(p is not None for p in adjusted)
    return [
        replace(use, judged=judge(use.gains[SHUFFLED], p, family)) if SHUFFLED in use.gains else use
        for use, p in zip(found, adjusted, strict=True)
    ]
