"""Comparisons between rows: ranks, tests against the baseline, and gains from the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mnerbench.reports.analysis.changed_tweets import changed_tweets
from mnerbench.reports.analysis.details import Details, RowKey
from mnerbench.reports.analysis.row_data import Comparison, Row, RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE, SHUFFLED, view_order
from mnerbench.reports.analysis.table_data import ImageUse
from mnerbench.reports.statistics.combined import combined_t
from mnerbench.reports.statistics.effects import hedges_g
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.power import detectable_difference, seeds_needed
from mnerbench.reports.statistics.ttests import TestResult, paired_t, student_t, welch_t
from mnerbench.reports.statistics.verdict import judge

_STATES = list(RowState)


def rank_rows(rows: Sequence[Row]) -> list[Row]:
    """Sort rows in the order of the table and rank complete results; equal means share a rank."""
    means = [row.f1.mean for row in rows if _is_ranked(row) and row.f1 is not None]
    numbered = [
        replace(row, rank=1 + sum(mean > row.f1.mean for mean in means))
        if _is_ranked(row) and row.f1 is not None
        else row
        for row in rows
    ]
    return sorted(numbered, key=_sort_key)


def _is_ranked(row: Row) -> bool:
    return row.state is RowState.COMPLETE and not row.control


def _sort_key(row: Row) -> tuple[int, float, str, tuple[int, str]]:
    return _STATES.index(row.state), -row.f1.mean if row.f1 is not None else 1.0, row.method, view_order(row.view)


def compare_with_baseline(rows: Sequence[Row], baseline: Row, details: Mapping[RowKey, Details]) -> list[Row]:
    """Test every trained row against the baseline; Welch's p is adjusted by Holm's method within each view.

    Args:
        rows: of a table.
        baseline: one of the rows.
        details: counts of the predictions, by row, where available.
    """
    tested = [index for index, row in enumerate(rows) if _is_testable(row) and row is not baseline]
    results = [replace(row, baseline=row is baseline) for row in rows]
    for view in {rows[index].view for index in tested}:
        family = [index for index in tested if rows[index].view == view]
        tests = [welch_t(rows[index].by_seed, baseline.by_seed) for index in family]
        adjusted = holm([test.p for test in tests])
        size = sum(p is not None for p in adjusted)
        for index, test, p in zip(family, tests, adjusted, strict=True):
            row = rows[index]
            comparison = _comparison(row, baseline, test, (p, size))
            if (pair := _same_tweets(row, baseline, details)) is not None and not row.control:
                first, second = pair
                both = combined_t(first.tweets, second.tweets)
                comparison = replace(comparison, both=both, changed=changed_tweets(first, second))
            results[index] = replace(results[index], comparison=comparison)
    return results


def _is_testable(row: Row) -> bool:
    return row.f1 is not None and not row.deterministic and not row.silent


def _comparison(row: Row, baseline: Row, welch: TestResult, adjusted: tuple[float | None, int]) -> Comparison:
    a, b = row.by_seed, baseline.by_seed
    p, family = adjusted
    detectable, needed = power_analysis(row, baseline, welch)
    return Comparison(
        welch=welch,
        student=student_t(a, b),
        paired=paired_t(a, b),
        holm=p,
        judged=judge(welch, p, family, detectable),
        size=hedges_g(a, b),
        needed=needed,
    )


def power_analysis(row: Row, baseline: Row, welch: TestResult) -> tuple[float | None, int | None]:
    """The difference detectable with these seeds at a power of 80 %, and the seeds that the observed difference needs.

    None where the spread is unknown; no number of seeds above `power.MOST_SEEDS`.
    """
    a, b = (side.f1.std if side.f1 is not None else None for side in (row, baseline))
    if a is None or b is None or not max(a, b):
        return None, None
    return detectable_difference(a, b, welch.n), seeds_needed(a, b, welch.difference) if welch.difference else None


def _same_tweets(row: Row, baseline: Row, details: Mapping[RowKey, Details]) -> tuple[Details, Details] | None:
    """The details of a row and of the baseline; None if one is unknown or their gold entities differ."""
    first, second = (details.get((side.method, side.view)) for side in (row, baseline))
    return (first, second) if first is not None and second is not None and have_same_gold(first, second) else None


def have_same_gold(first: Details, second: Details) -> bool:
    """Whether both were scored on the same gold entities; disagreement causes a warning elsewhere."""
    gold = [side.tweets[:, :, 2] for side in (first, second)]
    return gold[0].shape[1] == gold[1].shape[1] and all(bool((side == gold[0][0]).all()) for side in gold)


def image_uses(rows: Sequence[Row]) -> list[ImageUse]:
    """For each method that reads pictures: the tweet's own picture against none and against a wrong one, by seed."""
    uses = []
    for row in sorted(
        (row for row in rows if row.view == OWN_PICTURE and row.f1 is not None and not row.silent),
        key=lambda r: r.method,
    ):
        others = [other for other in rows if other.method == row.method and other.view != row.view]
        scored = sorted((other for other in others if other.f1 is not None), key=lambda r: view_order(r.view))
        gains = {other.view: paired_t(row.by_seed, other.by_seed) for other in scored}
        if row.f1 is not None and gains:
            uses.append(ImageUse(row.method, row.f1.mean, {view: test for view, test in gains.items() if view}))
    return _with_verdicts(uses)


def _with_verdicts(uses: Sequence[ImageUse]) -> list[ImageUse]:
    """Judge the gain over a wrong picture; without any picture, the input differs in kind."""
    adjusted = holm([use.gains[SHUFFLED].p if SHUFFLED in use.gains else None for use in uses])
    family = sum(p is not None for p in adjusted)
    return [
        replace(use, judged=judge(use.gains[SHUFFLED], p, family)) if SHUFFLED in use.gains else use
        for use, p in zip(uses, adjusted, strict=True)
    ]
