"""Rows against each other: rank, difference to the baseline, and what the picture is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mnerbench.reports.rows import OWN_PICTURE, view_order
from mnerbench.reports.statistics.multiplicity import holm
from mnerbench.reports.statistics.ttests import paired_t, welch_t
from mnerbench.reports.tables import Comparison, ImageUse, Row, RowState

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


def compared(rows: Sequence[Row], baseline: Row) -> list[Row]:
    """Every trained row tested against the baseline, Welch's p adjusted by Holm within each view."""
    tests = {
        place: Comparison(welch_t(row.by_seed, baseline.by_seed), paired_t(row.by_seed, baseline.by_seed), None, 0)
        for place, row in enumerate(rows)
        if row.f1 is not None and not row.deterministic and row is not baseline
    }
    answer = [replace(row, baseline=row is baseline) for row in rows]
    for view in {rows[place].view for place in tests}:
        family = [place for place in tests if rows[place].view == view]
        adjusted = holm([tests[place].welch.p for place in family])
        size = sum(p is not None for p in adjusted)
        for place, p in zip(family, adjusted, strict=True):
            answer[place] = replace(answer[place], comparison=replace(tests[place], holm=p, family=size))
    return answer


def image_use(rows: Sequence[Row]) -> list[ImageUse]:
    """For each method that saw pictures: its own picture against none and against a wrong one, seed by seed."""
    found = []
    for own in sorted((row for row in rows if row.view == OWN_PICTURE and row.f1 is not None), key=lambda r: r.method):
        others = [row for row in rows if row.method == own.method and row.view != own.view and row.f1 is not None]
        gains = {
            row.view: paired_t(own.by_seed, row.by_seed) for row in sorted(others, key=lambda r: view_order(r.view))
        }
        if own.f1 is not None and gains:
            found.append(ImageUse(own.method, own.f1.mean, {view: test for view, test in gains.items() if view}))
    return found
