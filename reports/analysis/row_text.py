"""Rows and tables as text."""

from __future__ import annotations

from mnerbench.reports.analysis.row_data import Row
from mnerbench.reports.analysis.table_data import LeaderboardTable
from mnerbench.reports.text.format import NONE, percent


def score(row: Row) -> str:
    """`72.29 ± 0.24`, or the state of a row without a score."""
    if row.f1 is None:
        return row.state.value if not row.done else NONE
    return percent(row.f1.mean) + ("" if row.f1.std is None else f" ± {percent(row.f1.std)}")


def headroom(row: Row) -> str:
    """A headroom of 0.781 as `78 ± 9 %`."""
    if row.headroom is None or row.headroom_error is None:
        return NONE
    return f"{round(100 * row.headroom)} ± {100 * row.headroom_error:.0f} %"  # `round` gives no negative zero


def heading(table: LeaderboardTable) -> str:
    """`twitter15 · bert-base-uncased · protocol equal`."""
    conditions = table.conditions
    protocol = f"protocol {conditions.protocol}" if conditions.protocol else None
    parts = [conditions.dataset, conditions.encoder, protocol]
    return " · ".join(part for part in parts if part)
