"""Which printed numbers a number of ours can stand beside, and why the others have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.reports.published.counting import is_counted
from mnerbench.reports.published.data import PublishedCell, PublishedTable
from mnerbench.reports.published.matching import COMPARED, is_measured
from mnerbench.reports.published.measures import Kind
from mnerbench.reports.text.cells import decimal_cell, text_cell
from mnerbench.reports.text.sheet import Column, Sheet, name_column

_COLUMNS = (
    *map(name_column, ("table", "what it shows")),
    Column("printed", "numbers"),
    Column("comparable", "ours beside"),
    name_column("reasons", "why not the others"),
)


def obstacle(cell: PublishedCell) -> str | None:
    """Why no number of ours can stand beside a printed one; None if one can, once its suite has run.

    Args:
        cell: the printed number; not a difference, see `obstacles`.
    """
    scope, row = cell.scope, cell.row
    if row.published_only is not None:
        return f"published only ({row.published_only})"
    if scope.kind is Kind.COUNT:
        return _uncounted(cell)
    if scope.kind not in COMPARED:
        best = scope.kind is Kind.BEST_OF_5
        return "the best of five runs; ours are means" if best else f"a remark on a figure ({scope.metric})"
    if row.method is None:
        return "no method of ours"
    if scope.view is None:
        return "the paper names no view"
    subset = f"of {scope.slice or scope.type}" if scope.split in (None, "test") else f"on {scope.split}"
    return None if is_measured(scope) else f"{scope.metric} {subset}: not measured"


def obstacles(table: PublishedTable) -> list[str | None]:
    """The obstacle of every printed number; of a difference, those of the two numbers it is of."""
    reasons: dict[tuple[int, str], str | None] = {}  # by row and column, whose order is that of print
    for cell in table.cells():
        index, name = table.rows.index(cell.row), cell.column.name
        if cell.scope.kind is Kind.DIFFERENCE:
            terms = [reasons[table.rows.index(row), name] for row in table.minuend_and_subtrahend(cell.row)]
            reasons[index, name] = next((reason for reason in terms if reason is not None), None)
        else:
            reasons[index, name] = obstacle(cell)
    return list(reasons.values())


def _uncounted(cell: PublishedCell) -> str | None:
    """Why a count of a corpus has no number of ours; None if the dataset's card has it."""
    scope = cell.scope
    if scope.dataset not in card_names(None):
        return "a corpus that is not here"
    if is_counted(scope):
        return None
    seen = load_card(scope.dataset).fingerprints
    return f"{scope.metric}: not counted" if seen else "a corpus whose files were never seen"


def coverage_sheet(tables: Collection[PublishedTable]) -> tuple[Sheet, tuple[tuple[str, str], ...]]:
    """How many numbers each table and figure prints, and how many of ours can stand beside them.

    Args:
        tables: tables and figures; those without numbers are left out.

    Returns:
        A row per table, with the number of cells per reason (`3 [2]`), and the total; and the reasons by mark.
    """
    rows, marks = [], dict[str, str]()
    total = [0, 0]
    for table in tables:
        of_cells = obstacles(table)
        if not of_cells:
            continue
        reasons = Counter(reason for reason in of_cells if reason is not None)
        for reason in reasons:
            marks.setdefault(reason, f"[{len(marks) + 1}]")
        text = ", ".join(f"{count} {marks[reason]}" for reason, count in reasons.items())
        counts = len(of_cells), of_cells.count(None)
        total = [sum(pair) for pair in zip(total, counts, strict=True)]
        rows.append((text_cell(table.id), text_cell(table.title), *map(decimal_cell, counts), text_cell(text)))
    rows.append((text_cell("all"), text_cell(""), *map(decimal_cell, total), text_cell("")))
    return Sheet(_COLUMNS, tuple(rows)), tuple((mark, reason) for reason, mark in marks.items())
