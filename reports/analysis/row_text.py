"""Cells of rows, and headings of tables."""

from __future__ import annotations

from collections.abc import Iterable

from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.cells import share_cell, text_cell
from mnerbench.reports.text.sheet import Cell, Mark


def score_cell(row: Row, marks: Iterable[Mark] = ()) -> Cell:
    """The mean F1 with its standard deviation, or the state of a row without finished runs."""
    if row.f1 is None:
        return text_cell(row.state.value if not row.done else None)
    return share_cell(row.f1.mean, row.f1.std, marks=marks, note=f" ({row.state.value})" if row.is_partial else "")


def headroom_cell(row: Row) -> Cell:
    """The headroom with its standard error: `78 ± 9 %`."""
    return share_cell(row.headroom, row.headroom_error, digits=0, note=" %")


def heading(table: LeaderboardTable) -> str:
    """`twitter15 · bert-base-uncased · protocol equal`."""
    conditions = table.conditions
    protocol = f"protocol {conditions.protocol}" if conditions.protocol else None
    parts = [conditions.dataset, conditions.encoder, protocol]
    return " · ".join(part for part in parts if part)
